import Glibc

/// Seeded chance without state: the same seed, stream and index always give the same number, whatever was asked before.
struct Noise: Sendable {
    let seed: UInt64

    /// A number in 0 ..< 1 that belongs to this stream and index alone.
    func unit(_ stream: UInt64, _ index: Int) -> Double {
        let mixed = Noise.mix(seed ^ Noise.mix(stream &+ UInt64(bitPattern: Int64(index)) &* 0x9E37_79B9_7F4A_7C15))
        return Double(mixed >> 11) * 0x1p-53
    }

    /// A curve in 0 … 1 that wanders without jumps and is new about every `period` seconds.
    func smooth(_ stream: UInt64, at seconds: Double, period: Double) -> Double {
        let place = seconds / period
        let cell = floor(place)
        let share = place - cell
        let eased = share * share * (3 - 2 * share)
        return unit(stream, Int(cell)) * (1 - eased) + unit(stream, Int(cell) + 1) * eased
    }

    /// A stream number for a name (FNV-1a), so that every series has chance of its own.
    static func stream(_ name: String) -> UInt64 {
        name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// The finisher of SplitMix64: every input bit moves about half of the output bits.
    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
