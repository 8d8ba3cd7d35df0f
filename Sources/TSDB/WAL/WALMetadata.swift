import Model

/// What a series is, in the log.
///
/// Record kind 6: for each series its reference as uvarint, the type as a byte, a uvarint number of fields, and each field's name and text, both
/// with a uvarint length before. The fields are `UNIT` and `HELP`; others are passed over. What comes later replaces what came before.
struct WALMetadata: Equatable {
    var reference: UInt64
    var metadata: Metadata

    private static let types: [MetricType] = [.unknown, .counter, .gauge, .histogram, .gaugehistogram, .summary, .info, .stateset]

    static func decode(_ record: UnsafeRawBufferPointer) throws(WALRecordError) -> [WALMetadata] {
        var input = ByteInput(record, offset: 1)
        var found: [WALMetadata] = []
        while !input.atEnd {
            guard let reference = input.takeVarint(), let type = input.takeByte(), let fields = input.takeVarint() else {
                throw WALRecordError(offset: input.offset, reason: "ends within the metadata of series \(found.count + 1)")
            }
            var metadata = Metadata(type: Int(type) < types.count ? types[Int(type)] : .unknown)
            var left = fields
            while left > 0 {
                guard let name = input.takeField(), let text = input.takeField() else {
                    throw WALRecordError(offset: input.offset, reason: "ends within a field of metadata")
                }
                switch String(decoding: name, as: UTF8.self) {
                case "UNIT": metadata.unit = String(decoding: text, as: UTF8.self)
                case "HELP": metadata.help = String(decoding: text, as: UTF8.self)
                default: break
                }
                left -= 1
            }
            found.append(WALMetadata(reference: reference, metadata: metadata))
        }
        return found
    }

    /// What the record has of it behind the reference. Equal metadata have equal bytes.
    static func encode(_ metadata: Metadata) -> [UInt8] {
        var out = [UInt8(types.firstIndex(of: metadata.type) ?? 0), 2]
        for text in ["UNIT", metadata.unit, "HELP", metadata.help] { Labels.append(text.utf8, to: &out) }
        return out
    }
}

extension WALBatch {
    /// Adds metadata as `WALMetadata.encode` gives it.
    func addMetadata(_ reference: UInt64, _ encoded: [UInt8]) {
        metadata.reserve(1 + 10)
        if metadata.count == 0 { metadata.put(WALRecordKind.metadata.rawValue) }
        metadata.putVarint(reference)
        encoded.withUnsafeBytes { metadata.append($0) }
    }
}
