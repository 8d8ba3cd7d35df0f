import Model

/// Reads pages slowly and simply, into trees of fields, to hold the real reader against.
struct PlainPage {
    enum Value {
        case float(Double)
        /// The parts of a native histogram in one text; see ``PlainPage/text(_:)``.
        case histogram(String)
    }

    struct Sample {
        let labels: Labels
        let time: Timestamp?
        let value: Value
    }

    private(set) var samples: [Sample] = []
    private let storesNative: Bool
    private let keepsClassic: Bool

    private enum Field {
        case number(UInt64), fixed(UInt64), bytes([UInt8]), short
    }
    private typealias Fields = [(number: UInt64, value: Field)]

    /// Why a page is none.
    private struct Refused: Error {}

    /// Nil if the bytes are no page.
    init?(_ bytes: [UInt8], native: Bool, classic: Bool) {
        (storesNative, keepsClassic) = (native, classic)
        do {
            var rest = bytes[...]
            while !rest.isEmpty {
                let length = try Self.varint(&rest)
                guard length <= UInt64(rest.count) else { return nil }
                try takeFamily(try Self.fields(Array(rest.prefix(Int(length)))))
                rest = rest.dropFirst(Int(length))
            }
        } catch {
            return nil
        }
    }

    // MARK: Fields

    private static func varint(_ rest: inout ArraySlice<UInt8>) throws -> UInt64 {
        var value: UInt64 = 0
        for shift in 0..<10 {
            guard let byte = rest.popFirst(), shift < 9 || byte <= 1 else { throw Refused() }
            value |= UInt64(byte & 0x7f) << UInt64(7 * shift)
            if byte < 0x80 { return value }
        }
        throw Refused()
    }

    private static func fields(_ bytes: [UInt8]) throws -> Fields {
        var rest = bytes[...]
        var fields: Fields = []
        while !rest.isEmpty {
            let tag = try varint(&rest)
            guard tag >> 3 > 0, tag >> 3 < 1 << 29 else { throw Refused() }
            switch tag & 7 {
            case 0: fields.append((tag >> 3, .number(try varint(&rest))))
            case 1:
                guard rest.count >= 8 else { throw Refused() }
                fields.append((tag >> 3, .fixed(rest.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) })))
                rest = rest.dropFirst(8)
            case 2:
                let length = try varint(&rest)
                guard length <= UInt64(rest.count) else { throw Refused() }
                fields.append((tag >> 3, .bytes(Array(rest.prefix(Int(length))))))
                rest = rest.dropFirst(Int(length))
            case 5:
                guard rest.count >= 4 else { throw Refused() }
                fields.append((tag >> 3, .short))
                rest = rest.dropFirst(4)
            default: throw Refused()
            }
        }
        return fields
    }

    private static func all(_ number: UInt64, _ fields: Fields) throws -> [[UInt8]] {
        try fields.filter { $0.number == number }.map {
            guard case .bytes(let bytes) = $0.value else { throw Refused() }
            return bytes
        }
    }

    /// Messages given twice are put together.
    private static func message(_ number: UInt64, _ fields: Fields) throws -> Fields { try all(number, fields).flatMap { try Self.fields($0) } }

    private static func number(_ number: UInt64, _ fields: Fields) throws -> UInt64 {
        try fields.filter { $0.number == number }.reduce(0) { _, field in
            guard case .number(let value) = field.value else { throw Refused() }
            return value
        }
    }

    private static func double(_ number: UInt64, _ fields: Fields) throws -> Double {
        Double(
            bitPattern: try fields.filter { $0.number == number }.reduce(0) { _, field in
                guard case .fixed(let bits) = field.value else { throw Refused() }
                return bits
            })
    }

    private static func text(_ bytes: [UInt8]) throws -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Refused() }
        return text
    }

    private static func signed(_ value: UInt64) -> Int64 { Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }

    // MARK: Families

    private mutating func takeFamily(_ fields: Fields) throws {
        let kind = try Self.number(3, fields) & 0xffff_ffff
        let (names, helps, units) = (try Self.all(1, fields), try Self.all(2, fields), try Self.all(5, fields))
        let metrics = try Self.all(4, fields)
        guard !metrics.isEmpty else { return }
        guard kind <= 5, let name = names.last, !name.isEmpty else { throw Refused() }
        let family = try Self.text(name)
        _ = try Self.text(helps.last ?? [])
        if let unit = units.last, !unit.isEmpty {
            let ending = [UInt8(ascii: "_")] + unit
            let base = kind == 0 && family.hasSuffix("_total") ? Array(name.dropLast(6)) : name
            guard base.count >= ending.count, base.suffix(ending.count).elementsEqual(ending) else { throw Refused() }
        }
        for metric in metrics { try takeMetric(try Self.fields(metric), family, kind) }
    }

    private mutating func takeMetric(_ fields: Fields, _ family: String, _ kind: UInt64) throws {
        let pairs = try Self.all(1, fields).map { try Self.fields($0) }.map { (try Self.all(1, $0).last ?? [], try Self.all(2, $0).last ?? []) }
        let time = Int64(bitPattern: try Self.number(6, fields))
        let at = time == 0 ? nil : time
        let (gauge, counter, summary) = (try Self.message(2, fields), try Self.message(3, fields), try Self.message(4, fields))
        let (untyped, histogram) = (try Self.message(5, fields), try Self.message(7, fields))
        // All that is there must be readable, whatever the family is of.
        let values = (counter: try Self.double(1, counter), gauge: try Self.double(1, gauge), untyped: try Self.double(1, untyped))
        try Self.checkCounter(counter)
        let quantiles = try Self.quantiles(summary)
        let buckets = try Self.buckets(histogram)
        let native = try Self.native(histogram, isGauge: kind == 5)
        func add(_ suffix: String, _ value: Value, _ bound: (String, Double)? = nil) throws {
            var all = try pairs.map { (try Self.text($0), try Self.text($1)) } + [("__name__", family + suffix)]
            if let bound { all.append((bound.0, Self.bound(bound.1))) }
            guard all.allSatisfy({ !$0.0.isEmpty }), Set(all.map { Array($0.0.utf8) }).count == all.count else { throw Refused() }
            samples.append(Sample(labels: Labels(all.map { (name: $0.0, value: $0.1) }), time: at, value: value))
        }
        switch kind {
        case 2:
            try add("_count", .float(Double(try Self.number(1, summary))))
            try add("_sum", .float(try Self.double(2, summary)))
            for (quantile, value) in quantiles { try add("", .float(value), ("quantile", quantile)) }
        case 4, 5:
            if storesNative, native.isThere {
                guard let text = native.text else { throw Refused() }
                try add("", .histogram(text))
                guard keepsClassic, !buckets.isEmpty else { return }
            }
            let fraction = try Self.double(4, histogram)
            let total = fraction == 0 ? Double(try Self.number(1, histogram)) : fraction
            try add("_count", .float(total))
            try add("_sum", .float(try Self.double(2, histogram)))
            for (bound, value) in buckets {
                try add("_bucket", .float(value), ("le", bound))
                if bound == .infinity { return }
            }
            try add("_bucket", .float(total), ("le", .infinity))
        default: try add("", .float(kind == 0 ? values.counter : kind == 1 ? values.gauge : values.untyped))
        }
    }

    private static func bound(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        let text = FloatFormat.general(value)
        return text.contains(".") || text.contains("e") ? text : text + ".0"
    }

    private static func checkCounter(_ counter: Fields) throws {
        _ = try double(1, counter)
        for exemplar in try all(2, counter) { try checkExemplar(exemplar) }
        for time in try all(3, counter) { try checkTime(time) }
    }

    private static func checkExemplar(_ bytes: [UInt8]) throws {
        let exemplar = try fields(bytes)
        for label in try all(1, exemplar) { _ = (try all(1, try fields(label)), try all(2, try fields(label))) }
        _ = try double(2, exemplar)
        for time in try all(3, exemplar) { try checkTime(time) }
    }

    private static func checkTime(_ bytes: [UInt8]) throws {
        let time = try fields(bytes)
        _ = (try number(1, time), try number(2, time))
    }

    private static func quantiles(_ summary: Fields) throws -> [(Double, Double)] {
        _ = (try number(1, summary), try double(2, summary))
        for time in try all(4, summary) { try checkTime(time) }
        return try all(3, summary).map { try fields($0) }.map { (try double(1, $0), try double(2, $0)) }
    }

    private static func buckets(_ histogram: Fields) throws -> [(Double, Double)] {
        for time in try all(15, histogram) { try checkTime(time) }
        for exemplar in try all(16, histogram) { try checkExemplar(exemplar) }
        return try all(3, histogram).map { try fields($0) }.map { bucket in
            for exemplar in try all(3, bucket) { try checkExemplar(exemplar) }
            let (fraction, whole) = (try double(4, bucket), try number(1, bucket))
            return (try double(2, bucket), fraction == 0 ? Double(whole) : fraction)
        }
    }

    // MARK: Native histograms

    /// `text`: nil if it contradicts itself.
    private static func native(_ fields: Fields, isGauge: Bool) throws -> (isThere: Bool, text: String?) {
        let (negative, positive) = (try spans(9, fields), try spans(12, fields))
        let (negativeDeltas, positiveDeltas) = (try numbers(10, fields), try numbers(13, fields))
        let (negativeCounts, positiveCounts) = (try doubles(11, fields), try doubles(14, fields))
        let schema = Int32(truncatingIfNeeded: signed(try number(5, fields)))
        let (threshold, zeroCount, whole) = (try double(6, fields), try number(7, fields), try number(1, fields))
        let layout = HistogramLayout(schema: schema, zeroThreshold: threshold, positiveSpans: positive, negativeSpans: negative)
        let hint = isGauge ? CounterResetHint.gauge : .unknown
        let (count, zeroFraction, sum) = (try double(4, fields), try double(8, fields), try double(2, fields))
        let isThere = !positive.isEmpty || !negative.isEmpty || threshold > 0 || zeroCount > 0
        let histogram: NativeHistogram =
            if count > 0 || zeroFraction > 0 {
                .fractional(
                    FloatHistogram(
                        hint: hint, layout: layout, count: count, zeroCount: zeroFraction, sum: sum, positiveCounts: positiveCounts,
                        negativeCounts: negativeCounts))
            } else {
                .whole(
                    Histogram(
                        hint: hint, layout: layout, count: whole, zeroCount: zeroCount, sum: sum, positiveDeltas: positiveDeltas,
                        negativeDeltas: negativeDeltas))
            }
        return (isThere, (try? histogram.check()) == nil ? nil : text(histogram))
    }

    /// All of a histogram that counts something, and what it is.
    static func text(_ histogram: NativeHistogram) -> String {
        let (fractions, layout) = (histogram.fractions, histogram.layout)
        func side(_ spans: [BucketSpan], _ counts: [Double]) -> String {
            zip(HistogramLayout.indices(spans), counts).filter { $0.1 != 0 }.map { "\($0):\($1)" }.joined(separator: " ")
        }
        let isWhole = if case .whole = histogram { true } else { false }
        if histogram.isStale { return "stale" }
        return [
            isWhole ? "whole" : "fractional", histogram.hint == .gauge ? "gauge" : "", "\(layout.schema)", "\(layout.zeroThreshold)",
            "\(fractions.count)", "\(fractions.zeroCount)", "\(fractions.sum.bitPattern)", side(layout.positiveSpans, fractions.positiveCounts),
            side(layout.negativeSpans, fractions.negativeCounts),
        ].joined(separator: "|")
    }

    private static func spans(_ number: UInt64, _ fields: Fields) throws -> [BucketSpan] {
        try all(number, fields).map { try Self.fields($0) }.map { span in
            BucketSpan(
                offset: Int32(truncatingIfNeeded: signed(try Self.number(1, span))), length: UInt32(truncatingIfNeeded: try Self.number(2, span)))
        }
    }

    private static func numbers(_ number: UInt64, _ fields: Fields) throws -> [Int64] {
        try fields.filter { $0.number == number }.flatMap { field in
            switch field.value {
            case .number(let value): return [signed(value)]
            case .bytes(let bytes):
                var rest = bytes[...]
                var list: [Int64] = []
                while !rest.isEmpty { list.append(signed(try varint(&rest))) }
                return list
            default: throw Refused()
            }
        }
    }

    private static func doubles(_ number: UInt64, _ fields: Fields) throws -> [Double] {
        try fields.filter { $0.number == number }.flatMap { field in
            switch field.value {
            case .fixed(let bits): return [Double(bitPattern: bits)]
            case .bytes(let bytes):
                guard bytes.count % 8 == 0 else { throw Refused() }
                return stride(from: 0, to: bytes.count, by: 8).map { at in
                    Double(bitPattern: bytes[at..<at + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) })
                }
            default: throw Refused()
            }
        }
    }
}
