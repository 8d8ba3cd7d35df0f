import Model

/// What a data folder takes as time goes on: raw blocks and each tier grow until they hold as much time as they keep.
public struct StoragePlan: Sendable, Equatable {
    public struct Part: Sendable, Equatable {
        /// Nil: raw samples.
        public var tier: Tier?
        public var bytesPerDay: Double
        /// Milliseconds; nil: for good.
        public var keeps: Int64?
        /// Milliseconds of time that are there already.
        public var held: Int64

        public init(_ tier: Tier?, bytesPerDay: Double, keeps: Int64?, held: Int64 = 0) {
            self.tier = tier
            self.bytesPerDay = bytesPerDay
            self.keeps = keeps
            self.held = held
        }

        public var name: String { tier?.rawValue ?? "raw" }

        /// Bytes when so many milliseconds have passed. What is held beyond what is kept is taken to stay: it is purged in time, or not ours to purge.
        func bytes(after time: Int64) -> Double {
            bytesPerDay * Double(min(held.later(by: time), max(keeps ?? .max, held))) / StoragePlan.day
        }

        /// Bytes once it holds all that is kept; nil: it never stops growing.
        public var fullBytes: Double? { keeps.map { bytesPerDay * Double(max($0, held)) / StoragePlan.day } }
    }

    static let day = 86_400_000.0

    /// Raw, then the tiers, the finer first.
    public var parts: [Part]
    /// Of what does not grow: the log and the head's chunks.
    public var fixedBytes: Double

    public init(_ parts: [Part], fixedBytes: Double) {
        self.parts = parts
        self.fixedBytes = fixedBytes
    }

    /// Bytes in all when so many milliseconds have passed.
    public func bytes(after time: Int64) -> Double { parts.reduce(fixedBytes) { $0 + $1.bytes(after: time) } }

    /// Bytes once every part holds all that it keeps; nil if one never stops growing.
    public var fullBytes: Double? {
        let all = parts.compactMap(\.fullBytes)
        return all.count == parts.count ? all.reduce(fixedBytes, +) : nil
    }

    /// Bytes by which it grows on the day that begins now.
    public var growth: Double { bytes(after: Int64(Self.day)) - bytes(after: 0) }

    /// Milliseconds until it takes so many bytes, to a minute; 0 if it does already, nil if it does not within a hundred years.
    public func time(until limit: Double) -> Int64? {
        // It never shrinks, so that halving finds the time.
        var (low, high) = (Int64(0), Int64(36_500 * Self.day))
        guard bytes(after: 0) < limit else { return 0 }
        guard bytes(after: high) >= limit else { return nil }
        while high - low > 60_000 {
            let middle = (low + high) / 2
            if bytes(after: middle) >= limit { high = middle } else { low = middle }
        }
        return high
    }
}
