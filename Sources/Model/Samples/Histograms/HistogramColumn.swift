/// A native histogram of either kind, as it was appended.
public enum NativeHistogram: Equatable, Sendable {
    case whole(Histogram)
    case fractional(FloatHistogram)

    public var isStale: Bool {
        switch self {
        case .whole(let histogram): histogram.isStale
        case .fractional(let histogram): histogram.isStale
        }
    }

    public var hint: CounterResetHint {
        switch self {
        case .whole(let histogram): histogram.hint
        case .fractional(let histogram): histogram.hint
        }
    }

    /// The same where nothing is known of the histogram before: only a gauge still is one.
    public var withoutReset: NativeHistogram {
        if hint == .gauge || hint == .unknown { return self }
        switch self {
        case .whole(var histogram):
            histogram.hint = .unknown
            return .whole(histogram)
        case .fractional(var histogram):
            histogram.hint = .unknown
            return .fractional(histogram)
        }
    }

    /// With fractional counts, whichever it had.
    public var fractions: FloatHistogram {
        switch self {
        case .whole(let histogram): FloatHistogram(histogram)
        case .fractional(let histogram): histogram
        }
    }

    /// Refuses a histogram from outside that contradicts itself.
    public func check() throws(InvalidHistogram) {
        switch self {
        case .whole(let histogram): try histogram.check()
        case .fractional(let histogram): try histogram.check()
        }
    }

    /// Whether both are the same sample, to the bit, whatever their hints say.
    public func isSameSample(as other: NativeHistogram) -> Bool {
        switch (self, other) {
        case (.whole(let a), .whole(let b)): a.isSameSample(as: b)
        case (.fractional(let a), .fractional(let b)): a.isSameSample(as: b)
        default: isStale && other.isStale
        }
    }
}

/// The native histograms of one series with their times, as two parallel arrays, reused from series to series.
public final class HistogramColumn {
    public private(set) var times: [Timestamp] = []
    public private(set) var histograms: [NativeHistogram] = []

    public init() {}

    public var count: Int { times.count }

    public func append(_ time: Timestamp, _ histogram: NativeHistogram) {
        times.append(time)
        histograms.append(histogram)
    }

    public func removeAll() { truncate(to: 0) }

    /// Drops all behind the first `count`.
    public func truncate(to count: Int) {
        times.removeLast(times.count - count)
        histograms.removeLast(histograms.count - count)
    }

    /// Drops those from `start` on whose time is not wanted.
    public func retain(from start: Int, _ isWanted: (Timestamp) -> Bool) {
        var kept = start
        for i in start..<times.count where isWanted(times[i]) {
            times.swapAt(kept, i)
            histograms.swapAt(kept, i)
            kept += 1
        }
        truncate(to: kept)
    }

    /// Puts those from `start` on, which ascend, in order with those before, which ascend too from `first` on. Of two with one time the earlier
    /// added stays. What follows another than before does not know any more whether counters were reset between them.
    public func mergeTail(from start: Int, into first: Int = 0) {
        guard start > first, start < count, times[start] <= times[start - 1] else { return }
        let order = (first..<count).sorted { (times[$0], $0) < (times[$1], $1) }
        var newTimes = Array(times[..<first])
        var newHistograms = Array(histograms[..<first])
        var previous = first - 1
        for i in order where newTimes.count == first || newTimes[newTimes.count - 1] != times[i] {
            newTimes.append(times[i])
            newHistograms.append(i == previous + 1 ? histograms[i] : histograms[i].withoutReset)
            previous = i
        }
        times = newTimes
        histograms = newHistograms
    }
}
