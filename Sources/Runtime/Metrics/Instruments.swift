import Synchronization

/// A number that only rises. Safe from any thread.
public final class Counter: Sendable {
    private let count = Atomic<UInt64>(0)

    public init() {}

    public func increment(by amount: Int = 1) {
        count.wrappingAdd(UInt64(truncatingIfNeeded: max(0, amount)), ordering: .relaxed)
    }

    public var value: UInt64 { count.load(ordering: .relaxed) }
}

/// A number that rises and falls. Safe from any thread.
public final class Gauge: Sendable {
    private let bits = Atomic<UInt64>(0)

    public init() {}

    public var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    public func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    public func add(_ amount: Double) {
        var seen = bits.load(ordering: .relaxed)
        while true {
            let sum = (Double(bitPattern: seen) + amount).bitPattern
            let (done, current) = bits.compareExchange(expected: seen, desired: sum, ordering: .relaxed)
            if done { return }
            seen = current
        }
    }
}

/// Counts observations by size. Safe from any thread.
public final class Histogram: Sendable {
    private struct State {
        /// One a bucket, and a last one for what is above all bounds; not cumulative.
        var counts: [UInt64]
        var sum = 0.0
    }

    private let bounds: [Double]
    // Count and sum must agree when they are read, so one short lock rather than an atomic each.
    private let state: Mutex<State>

    /// - Parameter bounds: upper bounds, rising, without infinity.
    public init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    public func observe(_ value: Double) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[bucket] &+= 1
            state.sum += value
        }
    }

    public func snapshot() -> HistogramSnapshot {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        var running: UInt64 = 0
        var buckets: [(bound: Double, count: UInt64)] = []
        for (bound, count) in zip(bounds, counts) {
            running += count
            buckets.append((bound, running))
        }
        return HistogramSnapshot(buckets: buckets, count: running + (counts.last ?? 0), sum: sum)
    }
}
