import Glibc

/// What is remembered of a page's line instead of its bytes: 64 bits that follow from all of them.
///
/// A page's keys are four fifths of what a target would keep from scrape to scrape, and comparing fingerprints also spares the memory traffic:
/// only the new page is read. Two different keys of the same length share a fingerprint with a probability of 2⁻⁶⁴, less than that of an error of
/// the memory itself; the multipliers are drawn anew by each process, so that no page can be made to collide.
public struct Fingerprint: Sendable {
    @usableFromInline let first: UInt64
    @usableFromInline let second: UInt64
    @usableFromInline let last: UInt64

    /// The one that this process uses.
    public static let shared = Fingerprint(UInt64.random(in: 0...UInt64.max), UInt64.random(in: 0...UInt64.max), UInt64.random(in: 0...UInt64.max))

    /// Odd multipliers are made of any words.
    public init(_ first: UInt64, _ second: UInt64, _ last: UInt64) {
        self.first = first | 1
        self.second = second | 1
        self.last = last | 1
    }

    /// Two lanes of 16 bytes a step, each folded by a 128-bit multiplication; the last step overlaps the one before.
    @inlinable
    public func of(_ bytes: UnsafePointer<UInt8>, count: Int) -> UInt64 {
        var left = last ^ UInt64(truncatingIfNeeded: count)
        var right = second
        let start = UnsafeRawPointer(bytes)
        guard count >= 16 else { return short(start, count, left) }
        var at = 0
        while at &+ 32 <= count {
            left = Self.fold(Self.word(start, at) ^ first, Self.word(start, at &+ 8) ^ left)
            right = Self.fold(Self.word(start, at &+ 16) ^ second, Self.word(start, at &+ 24) ^ right)
            at &+= 32
        }
        if at &+ 16 <= count { left = Self.fold(Self.word(start, at) ^ first, Self.word(start, at &+ 8) ^ left) }
        right = Self.fold(Self.word(start, count &- 16) ^ second, Self.word(start, count &- 8) ^ right)
        return Self.fold(left ^ last, right ^ first)
    }

    public func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        bytes.withMemoryRebound(to: UInt8.self) { bytes in
            guard let base = bytes.baseAddress else { return short(UnsafeRawPointer(("" as StaticString).utf8Start), 0, last) }
            return of(base, count: bytes.count)
        }
    }

    /// Fewer than 16 bytes: as two words that overlap, or as one of single bytes.
    @usableFromInline
    func short(_ start: UnsafeRawPointer, _ count: Int, _ seed: UInt64) -> UInt64 {
        var low: UInt64 = 0
        var high: UInt64 = 0
        if count >= 8 {
            low = Self.word(start, 0)
            high = Self.word(start, count &- 8)
        } else {
            for at in 0..<count { low |= UInt64(start.load(fromByteOffset: at, as: UInt8.self)) &<< UInt64(at &* 8) }
        }
        return Self.fold(Self.fold(low ^ first, seed) ^ last, high ^ second)
    }

    @inlinable
    static func word(_ start: UnsafeRawPointer, _ at: Int) -> UInt64 { start.loadUnaligned(fromByteOffset: at, as: UInt64.self) }

    @inlinable
    static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }
}
