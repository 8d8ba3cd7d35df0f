public import Model

/// What an alert is known by: FNV-1a, 64 bits, over its labels in order, name and value each with a byte 0xff behind it.
/// Prometheus's Go library calls the same number so.
public struct Fingerprint: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let value: UInt64

    public init(value: UInt64) { self.value = value }

    public init(_ labels: Labels) {
        let separator: [UInt8] = [0xff]
        var hash = separator.withUnsafeBytes { StableHash.fnv1a(UnsafeRawBufferPointer(rebasing: $0[..<0])) }
        labels.forEachBytes { name, value in
            for field in [name, value] {
                hash = StableHash.fnv1a(field, seed: hash)
                hash = separator.withUnsafeBytes { StableHash.fnv1a($0, seed: hash) }
            }
            return true
        }
        value = hash
    }

    /// Nil if the text is not 16 hexadecimal digits.
    public init?(_ text: String) {
        guard text.utf8.count == 16, text.utf8.first != UInt8(ascii: "+"), let value = UInt64(text, radix: 16) else { return nil }
        self.value = value
    }

    public static func < (a: Fingerprint, b: Fingerprint) -> Bool { a.value < b.value }

    /// 16 hexadecimal digits.
    public var description: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
