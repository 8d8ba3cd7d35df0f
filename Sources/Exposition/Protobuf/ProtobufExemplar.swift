public import Model

/// An exemplar as it stands in a page: 1 labels, 2 value, 3 time.
public struct ProtobufExemplar: Equatable, Sendable {
    /// The message.
    public let range: Range<Int>
    public private(set) var value = 0.0
    /// In milliseconds, nil if it has none.
    public private(set) var timestamp: Timestamp?

    init(_ page: UnsafeRawBufferPointer, _ range: Range<Int>) throws {
        self.range = range
        var reader = WireReader(page, range)
        while let field = try reader.next() {
            switch field.number {
            case 1:
                try reader.expect(.bytes, of: field)
                _ = try LabelPair(page, try reader.bytes())
            case 2:
                try reader.expect(.fixed64, of: field)
                value = try reader.double()
            case 3:
                try reader.expect(.bytes, of: field)
                timestamp = try Self.time(page, try reader.bytes())
            default: try reader.skip(field.kind)
            }
        }
    }

    /// `google.protobuf.Timestamp` in milliseconds: 1 seconds, 2 nanoseconds.
    static func time(_ page: UnsafeRawBufferPointer, _ range: Range<Int>) throws -> Timestamp {
        var (seconds, nanoseconds): (Int64, Int32) = (0, 0)
        var reader = WireReader(page, range)
        while let field = try reader.next() {
            guard field.number <= 2 else {
                try reader.skip(field.kind)
                continue
            }
            try reader.expect(.varint, of: field)
            let number = Int64(bitPattern: try reader.varint())
            if field.number == 1 { seconds = number } else { nanoseconds = Int32(truncatingIfNeeded: number) }
        }
        return seconds &* 1000 &+ Int64(nanoseconds / 1_000_000)
    }

    /// With its labels. Throws if they cannot be: not UTF-8, or a name twice.
    public func exposed(_ page: UnsafeRawBufferPointer) throws -> ExposedExemplar {
        var pairs: [Range<Int>] = []
        var reader = WireReader(page, range)
        while let field = try reader.next() {
            if field.number == 1 { pairs.append(try reader.bytes()) } else { try reader.skip(field.kind) }
        }
        return ExposedExemplar(labels: try LabelPair.labels(pairs, page, adding: []), value: value, timestamp: timestamp)
    }
}

/// A label as it stands in a page: 1 name, 2 value.
struct LabelPair {
    private(set) var name = 0..<0
    private(set) var value = 0..<0

    init(_ page: UnsafeRawBufferPointer, _ range: Range<Int>) throws {
        var reader = WireReader(page, range)
        while let field = try reader.next() {
            guard field.number <= 2 else {
                try reader.skip(field.kind)
                continue
            }
            try reader.expect(.bytes, of: field)
            if field.number == 1 { name = try reader.bytes() } else { value = try reader.bytes() }
        }
    }

    /// Labels of the page and others, in their order; one with an empty value is none.
    static func labels(_ pairs: [Range<Int>], _ page: UnsafeRawBufferPointer, adding others: [(name: [UInt8], value: [UInt8])]) throws -> Labels {
        var all = others.map { (name: $0.name[...], value: $0.value[...], place: pairs.first?.lowerBound ?? 0) }
        all.reserveCapacity(pairs.count + others.count)
        for range in pairs {
            let pair = try LabelPair(page, range)
            let (name, value) = (UnsafeRawBufferPointer(rebasing: page[pair.name]), UnsafeRawBufferPointer(rebasing: page[pair.value]))
            guard !name.isEmpty else { throw ProtobufError("an empty label name", at: range.lowerBound) }
            guard isUTF8(name), isUTF8(value) else { throw ProtobufError("a label is not valid UTF-8", at: range.lowerBound) }
            all.append((Array(name)[...], Array(value)[...], range.lowerBound))
        }
        all.sort { $0.name.lexicographicallyPrecedes($1.name) }
        var encoding: [UInt8] = []
        for (index, label) in all.enumerated() {
            if index > 0, all[index - 1].name == label.name {
                throw ProtobufError("label name \(quoted(String(decoding: label.name, as: UTF8.self))) is not unique", at: label.place)
            }
            guard !label.value.isEmpty else { continue }
            Labels.append(label.name, to: &encoding)
            Labels.append(label.value, to: &encoding)
        }
        return Labels(sortedEncoding: encoding)
    }
}
