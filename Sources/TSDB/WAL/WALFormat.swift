import Model

/// The write-ahead log's framing, as Prometheus writes it.
///
/// A log is a folder of segments named by eight digits, without gaps. A segment is a row of 32 KiB pages. A record is cut into fragments that never
/// cross a page, and never crosses a segment:
///
///     | u8 type | u16 big-endian length | u32 big-endian CRC-32C of the data | data |
///
/// The type's low three bits are 0 padding, 1 whole record, 2 first, 3 middle and 4 last fragment; bit 3 means snappy, bit 4 zstd.
/// The rest of a page that cannot hold a fragment is zero. A segment may end anywhere behind a record: what its last page lacks counts as zero.
enum WALFormat {
    static let pageSize = 32 << 10
    static let headerSize = 7
    static let segmentSize = 128 << 20

    static let whole: UInt8 = 1
    static let first: UInt8 = 2
    static let middle: UInt8 = 3
    static let last: UInt8 = 4
    static let typeMask: UInt8 = 0b111
    static let snappy: UInt8 = 0b1000
    static let zstd: UInt8 = 0b1_0000
    /// With these bytes begins what zstd has compressed.
    static let zstdMagic: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd]

    /// Of segments and checkpoints that are being written.
    static let temporarySuffix = ".tmp"

    /// The first byte of a record in Prometheus's out-of-order log that tells which of its samples are in head chunk files as well.
    static let markers: UInt8 = 5

    /// At least eight digits.
    static func segmentName(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 8 - digits.utf8.count)) + digits
    }

    /// The number in a segment's name; nil for every other file, such as one that was set aside.
    static func segmentNumber(_ name: String) -> Int? {
        guard name.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = Int(name) else { return nil }
        return sameBytes(segmentName(number), name) ? number : nil
    }
}

/// The segments in a log's folder.
public enum WALFolder {
    /// The numbers of all segments, ascending; none if there is no such folder.
    public static func segments(_ folder: String, _ fileSystem: any FileSystem) throws(FileError) -> [Int] {
        guard try fileSystem.kind(folder) != nil else { return [] }
        return try fileSystem.list(folder).compactMap(WALFormat.segmentNumber).sorted()
    }

    public static func segmentPath(_ folder: String, _ number: Int) -> String {
        FilePath.join(folder, WALFormat.segmentName(number))
    }

    /// Removes the segments whose numbers are below `first`, oldest first, so that a crash in between leaves no gap.
    public static func removeSegments(_ folder: String, below first: Int, _ fileSystem: any FileSystem) throws(FileError) {
        for number in try segments(folder, fileSystem) where number < first {
            try fileSystem.remove(segmentPath(folder, number))
        }
        try fileSystem.syncFolder(folder)
    }
}
