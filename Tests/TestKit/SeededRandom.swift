/// A small random generator that gives the same numbers for the same seed everywhere, so that every failure can be repeated.
public struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(_ seed: UInt64) {
        // Mixed, since a state goes on by a fixed step: seeds in a row would give one stream from places in a row.
        state = Self.mix(seed &+ Self.step)
    }

    private static let step: UInt64 = 0x9e37_79b9_7f4a_7c15

    private static func mix(_ state: UInt64) -> UInt64 {
        var z = state
        z = (z ^ (z &>> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z &>> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z &>> 31)
    }

    public mutating func next() -> UInt64 {
        state &+= Self.step
        return Self.mix(state)
    }

    /// A number from 0 to `limit` - 1.
    public mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
}
