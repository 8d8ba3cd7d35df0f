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

/// Counts observations and knows quantiles of the newest ones. Safe from any thread. For what happens seldom: all of them are kept.
public final class Summary: Sendable {
    private static let most = 1024

    private struct State {
        /// In the order of their times, nanoseconds.
        var recent: [(time: Int64, value: Double)] = []
        var count: UInt64 = 0
        var sum = 0.0
    }

    private let window: Int64
    private let quantiles: [Double]
    private let state = Mutex(State())

    /// - Parameter window: nanoseconds for which an observation counts for the quantiles; by default ten minutes, as in Prometheus.
    public init(window: Int64 = 600_000_000_000, quantiles: [Double] = [0.5, 0.9, 0.99]) {
        self.window = window
        self.quantiles = quantiles
    }

    /// - Parameter time: nanoseconds that never go back.
    public func observe(_ value: Double, at time: Int64) {
        state.withLock { state in
            if state.recent.count == Self.most { state.recent.removeFirst(Self.most / 2) }
            state.recent.append((time, value))
            state.count &+= 1
            state.sum += value
        }
    }

    public func snapshot(at time: Int64) -> SummarySnapshot {
        state.withLock { state in
            state.recent.removeAll { $0.time < time - window }
            let sorted = state.recent.map(\.value).sorted()
            let quantiles = quantiles.map { quantile in
                let rank = Int((quantile * Double(sorted.count)).rounded(.up))
                return (quantile, sorted.isEmpty ? Double.nan : sorted[max(0, min(rank, sorted.count) - 1)])
            }
            return SummarySnapshot(quantiles: quantiles, count: state.count, sum: state.sum)
        }
    }
}
