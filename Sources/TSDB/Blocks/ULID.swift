public import Model

/// The name of a block: 48 bits of creation time in milliseconds and 80 random bits, written as 26 characters of Crockford's base 32, so that names
/// sort by age.
public struct ULID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    public init(time: Timestamp, random: (UInt64, UInt16)) {
        high = UInt64(bitPattern: time) << 16 | UInt64(random.1)
        low = random.0
    }

    /// Nil for anything but 26 characters of the alphabet whose value fits 128 bits.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 26, let first = text.utf8.first, first <= UInt8(ascii: "7") else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for byte in text.utf8 {
            guard let digit = Self.alphabet.firstIndex(of: byte) else { return nil }
            high = high << 5 | low >> 59
            low = low << 5 | UInt64(digit)
        }
        self.init(high: high, low: low)
    }

    /// When it was made, in milliseconds since 1970.
    public var time: Timestamp { Timestamp(high >> 16) }

    public var description: String {
        var text: [UInt8] = []
        for place in stride(from: 125, through: 0, by: -5) {
            let digit = place >= 64 ? high >> UInt64(place - 64) : (high << UInt64(64 - place)) | (low >> UInt64(place))
            text.append(Self.alphabet[Int(truncatingIfNeeded: digit & 31)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    public static func < (a: ULID, b: ULID) -> Bool { (a.high, a.low) < (b.high, b.low) }
}
