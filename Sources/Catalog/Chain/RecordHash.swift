import Crypto

/// SHA-256 over a record and all before it: `previous (32 bytes) | number (8, big-endian) | id (16) | text`.
struct RecordHash: Sendable, Hashable, CustomStringConvertible {
    static let size = 32
    /// Before the first record.
    static let zero = RecordHash(unchecked: [UInt8](repeating: 0, count: size))

    let bytes: [UInt8]

    private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    /// Nil if there are not 32 bytes.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.size else { return nil }
        self.bytes = bytes
    }

    /// Nil for what is not 64 hexadecimal digits.
    init?(hexadecimal text: String) {
        let digits = text.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == 2 * Self.size, !digits.contains(nil) else { return nil }
        let values = digits.compactMap { $0 }
        bytes = stride(from: 0, to: values.count, by: 2).map { UInt8(values[$0] << 4 | values[$0 + 1]) }
    }

    func following(_ number: Int64, _ id: [UInt8], _ text: [UInt8]) -> RecordHash {
        var hash = SHA256()
        hash.update(data: bytes)
        hash.update(data: bigEndianBytes(UInt64(bitPattern: number)))
        hash.update(data: id)
        hash.update(data: text)
        return RecordHash(unchecked: Array(hash.finalize()))
    }

    var description: String {
        bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}

/// A place in the chain of records: all up to it.
public struct ChainMark: Sendable, Hashable, CustomStringConvertible {
    public let number: Int64
    let hash: RecordHash

    static let start = ChainMark(number: 0, hash: .zero)

    /// `1234:` and 64 hexadecimal digits.
    public var description: String { "\(number):\(hash)" }

    init(number: Int64, hash: RecordHash) {
        self.number = number
        self.hash = hash
    }

    /// Nil for a text that is no mark.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int64(parts[0]), number >= 0, let hash = RecordHash(hexadecimal: String(parts[1])) else { return nil }
        self.init(number: number, hash: hash)
    }
}
