import CLinux
import Model

/// The bytes of a spill file: a header, and a frame for each record. See Formats/catalog.md.
enum SpillFrames {
    static let header = Array("mrtlspl1".utf8)
    /// Length and checksum, four bytes each.
    static let frameHeader = 8
    static let idSize = 16
    /// No record is that large; a length beyond it is none.
    static let longest = 64 << 20

    static func frame(_ record: PendingRecord) -> [UInt8] {
        let payload = record.id.bytes + record.entry.bytes
        return bigEndian(UInt32(payload.count)) + bigEndian(checksum(payload[...])) + payload
    }

    /// What a file held.
    struct Contents {
        var records: [PendingRecord] = []
        /// Behind the last frame that is whole.
        var end = 0
        /// Why what follows cannot be read; nil at the end of the file and before a write that was under way at a crash.
        var damage: String?
        /// Bytes of such a write.
        var torn = 0
    }

    static func read(_ bytes: [UInt8]) -> Contents {
        var contents = Contents()
        guard bytes.count >= header.count, bytes.starts(with: header) else {
            if header.starts(with: bytes) { contents.torn = bytes.count } else { contents.damage = "no header of a spill file" }
            return contents
        }
        contents.end = header.count
        while contents.end < bytes.count, contents.damage == nil, contents.torn == 0 { readFrame(bytes[contents.end...], into: &contents) }
        return contents
    }

    private static func readFrame(_ rest: ArraySlice<UInt8>, into contents: inout Contents) {
        guard rest.count >= frameHeader else { return contents.torn = rest.count }
        let length = Int(number(rest.prefix(4)))
        guard (idSize...longest).contains(length) else { return note("a frame of \(length) bytes", rest, into: &contents) }
        guard rest.count >= frameHeader + length else { return contents.torn = rest.count }
        let payload = rest.dropFirst(frameHeader).prefix(length)
        guard number(rest.dropFirst(4).prefix(4)) == checksum(payload) else {
            // The last write may have come to the disk without some of its pages.
            if rest.count == frameHeader + length { return contents.torn = rest.count }
            return note("a frame whose checksum is wrong", rest, into: &contents)
        }
        do {
            contents.records.append(try record(payload))
            contents.end += frameHeader + length
        } catch {
            note(error.description, rest, into: &contents)
        }
    }

    /// A power cut may leave zeros where the last writes were to be.
    private static func note(_ damage: String, _ rest: ArraySlice<UInt8>, into contents: inout Contents) {
        if rest.allSatisfy({ $0 == 0 }) { contents.torn = rest.count } else { contents.damage = "\(damage) at byte \(contents.end)" }
    }

    private static func record(_ payload: ArraySlice<UInt8>) throws(FieldError) -> PendingRecord {
        guard let id = RecordID(payload.prefix(idSize)) else { throw FieldError("a frame without an ID") }
        return PendingRecord(id: id, entry: try RecordEntry(try Fields(parsing: Array(payload.dropFirst(idSize)))))
    }

    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.withUnsafeBytes { martlet_crc32c(0, $0.baseAddress, $0.count) } }
    private static func bigEndian(_ number: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * UInt32($0))) } }
    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }
}
