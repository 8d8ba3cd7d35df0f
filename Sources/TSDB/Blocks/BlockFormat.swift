/// The numbers by which the files of a block are known. The formats are Prometheus's; all words are big-endian.
enum BlockFormat {
    static let index = "index"
    static let chunks = "chunks"
    static let tombstones = "tombstones"

    static let indexMagic: UInt32 = 0xBAAA_D700
    static let indexVersion: UInt8 = 2
    static let indexHeaderSize = 5
    /// Six offsets and a checksum, at the end of the index.
    static let indexContentsSize = 52
    /// Series entries begin at multiples of this; a series' number is its offset divided by it.
    static let seriesAlignment = 16

    static let chunksMagic: UInt32 = 0x85BD_40DD
    static let chunksVersion: UInt8 = 1
    static let chunksHeaderSize = 8

    static let tombstonesMagic: UInt32 = 0x0130_BA30
    static let tombstonesVersion: UInt8 = 1
    static let tombstonesHeaderSize = 5
}
