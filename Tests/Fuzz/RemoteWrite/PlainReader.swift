import Model

/// Reads write requests slowly and simply, field by field into trees, to hold the real reader against.
///
/// What comes out are the floats of series whose labels are sound, by their labels, and how many samples and histograms there were in all. Nil if the
/// bytes are no message.
struct PlainReader {
    private(set) var floats: [Labels: [(time: Timestamp, value: Double)]] = [:]
    /// Series that have histograms too, whose times count for floats as well.
    private(set) var mixed: Set<Labels> = []
    private(set) var received = 0
    private var symbols: [[UInt8]] = []
    private let isSecond: Bool

    private enum Value {
        case number(UInt64), fixed(UInt64), bytes([UInt8]), short
    }

    init?(_ bytes: [UInt8], isSecond: Bool) {
        self.isSecond = isSecond
        guard let fields = Self.fields(bytes) else { return nil }
        if isSecond {
            for (number, value) in fields where number == 4 {
                guard case .bytes(let text) = value else { return nil }
                symbols.append(text)
            }
            if let first = symbols.first, !first.isEmpty { return nil }
        }
        for (number, value) in fields where number == (isSecond ? 5 : 1) {
            guard case .bytes(let series) = value, take(series) else { return nil }
        }
    }

    private static func fields(_ bytes: [UInt8]) -> [(number: UInt64, value: Value)]? {
        var rest = bytes[...]
        var fields: [(UInt64, Value)] = []
        while !rest.isEmpty {
            guard let tag = varint(&rest), tag >> 3 > 0, tag >> 3 < 1 << 29 else { return nil }
            switch tag & 7 {
            case 0:
                guard let number = varint(&rest) else { return nil }
                fields.append((tag >> 3, .number(number)))
            case 1:
                guard rest.count >= 8 else { return nil }
                fields.append((tag >> 3, .fixed(rest.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) })))
                rest = rest.dropFirst(8)
            case 2:
                guard let length = varint(&rest), length <= UInt64(rest.count) else { return nil }
                fields.append((tag >> 3, .bytes(Array(rest.prefix(Int(length))))))
                rest = rest.dropFirst(Int(length))
            case 5:
                guard rest.count >= 4 else { return nil }
                fields.append((tag >> 3, .short))
                rest = rest.dropFirst(4)
            default: return nil
            }
        }
        return fields
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for shift in 0..<10 {
            guard let byte = rest.popFirst(), shift < 9 || byte <= 1 else { return nil }
            value |= UInt64(byte & 0x7f) << UInt64(7 * shift)
            if byte < 0x80 { return value }
        }
        return nil
    }

    private mutating func take(_ series: [UInt8]) -> Bool {
        guard let fields = Self.fields(series) else { return false }
        var samples: [(Timestamp, Double)] = []
        var histograms = 0
        for (number, value) in fields where number == 2 {
            guard case .bytes(let sample) = value, let read = Self.sample(sample) else { return false }
            samples.append(read)
        }
        for (number, value) in fields where number == (isSecond ? 3 : 4) {
            guard case .bytes = value else { return false }
            histograms += 1
        }
        guard let pairs = labels(fields) else { return false }
        received += samples.count + histograms
        guard let labels = Self.sound(pairs) else { return true }
        if histograms > 0 { mixed.insert(labels) }
        floats[labels, default: []] += samples
        return true
    }

    private static func sample(_ bytes: [UInt8]) -> (Timestamp, Double)? {
        guard let fields = fields(bytes) else { return nil }
        var read = (time: Timestamp(0), value: 0.0)
        for field in fields {
            switch (field.number, field.value) {
            case (1, .fixed(let bits)): read.value = Double(bitPattern: bits)
            case (2, .number(let time)): read.time = Int64(bitPattern: time)
            case (1, _), (2, _): return nil
            default: break
            }
        }
        return read
    }

    /// Nil where the message cannot be read; an empty name stands for references to no symbol.
    private func labels(_ fields: [(number: UInt64, value: Value)]) -> [([UInt8], [UInt8])]? {
        var numbers: [UInt64] = []
        var pairs: [([UInt8], [UInt8])] = []
        for (number, value) in fields where number == 1 {
            switch value {
            case .number(let one) where isSecond: numbers.append(one)
            case .bytes(let bytes) where isSecond:
                var rest = bytes[...]
                while !rest.isEmpty {
                    guard let one = Self.varint(&rest) else { return nil }
                    numbers.append(one)
                }
            case .bytes(let bytes):
                guard let pair = Self.pair(bytes) else { return nil }
                pairs.append(pair)
            default: return nil
            }
        }
        guard isSecond else { return pairs }
        guard numbers.count % 2 == 0, numbers.allSatisfy({ $0 < UInt64(symbols.count) }) else { return [([], [])] }
        return stride(from: 0, to: numbers.count, by: 2).map { (symbols[Int(numbers[$0])], symbols[Int(numbers[$0 + 1])]) }
    }

    private static func pair(_ bytes: [UInt8]) -> ([UInt8], [UInt8])? {
        guard let fields = fields(bytes) else { return nil }
        var pair: ([UInt8], [UInt8]) = ([], [])
        for field in fields {
            switch (field.number, field.value) {
            case (1, .bytes(let name)): pair.0 = name
            case (2, .bytes(let value)): pair.1 = value
            case (1, _), (2, _): return nil
            default: break
            }
        }
        return pair
    }

    private static func sound(_ pairs: [([UInt8], [UInt8])]) -> Labels? {
        guard Set(pairs.map(\.0)).count == pairs.count else { return nil }
        var texts: [(name: String, value: String)] = []
        for (name, value) in pairs {
            guard !name.isEmpty, let name = String(validating: name, as: UTF8.self), let value = String(validating: value, as: UTF8.self) else {
                return nil
            }
            texts.append((name, value))
        }
        let labels = Labels(texts)
        return labels.metricName == nil ? nil : labels
    }
}
