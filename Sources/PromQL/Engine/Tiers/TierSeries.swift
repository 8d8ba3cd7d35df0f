import Model
import TSDB

/// What tiers and raw samples have of one series: its windows, then the samples behind the last of them.
///
/// A *place* counts through both lists: places up to `windows.count` are windows, all further ones samples.
final class TierSeries {
    let windows = AggregateColumn()
    let tail: SampleColumn
    /// Both, as `prepare` found them.
    @exclusivity(unchecked) private(set) var columns: TierColumns
    /// What there is of native histograms, raw ones as windows of one.
    var histograms: [HistogramAggregate] = []
    var spans = TierSpans()
    /// Collected as the series is worked on.
    var notes = TierNotes()
    /// How many samples the windows before a window have; one more than there are windows. Empty until it is needed.
    private var before: [Int64] = []

    /// Over so many windows samples are counted one window after the other.
    private static let few = 100

    init(tail: SampleColumn = SampleColumn()) {
        self.tail = tail
        columns = TierColumns(windows, tail)
    }

    func removeFloats() {
        windows.removeAll()
        tail.removeAll()
    }

    func clear() {
        removeFloats()
        if !histograms.isEmpty { histograms.removeAll(keepingCapacity: true) }
        notes = TierNotes()
    }

    /// To be called when all has been read. With `forRanges`, stale markers go, which functions of ranges do not see.
    func prepare(forRanges: Bool) {
        windows.mergeOverlaps()
        if forRanges {
            windows.removeMarkers()
            tail.removeStaleMarkers()
        }
        before.removeAll(keepingCapacity: true)
        columns = TierColumns(windows, tail)
    }

    /// How many places there are.
    var count: Int { columns.windows + columns.samples }

    /// How many samples lie at places.
    func samples(_ low: Int, _ high: Int) -> Int64 {
        let (first, last) = (min(low, columns.windows), min(high, columns.windows))
        return inWindows(first, last) + Int64((high - last) - (low - first))
    }

    private func inWindows(_ first: Int, _ last: Int) -> Int64 {
        if last - first > Self.few {
            if before.isEmpty { countBefore() }
            return before[last] - before[first]
        }
        var total: Int64 = 0
        for place in first..<last { total &+= columns.counts[place] }
        return total
    }

    private func countBefore() {
        var total: Int64 = 0
        before.reserveCapacity(columns.windows + 1)
        before.append(0)
        for place in 0..<columns.windows {
            total &+= columns.counts[place]
            before.append(total)
        }
    }

    /// Where the window at a place begins. A raw sample among windows is one that begins and ends at its time.
    func begin(_ place: Int) -> Timestamp {
        let end = columns.ends[place]
        return end - (spans.tier(at: end)?.resolution ?? 0)
    }
}

/// Where the windows of a series and the samples behind them lie: what each range looks at.
struct TierColumns {
    /// How many windows there are.
    let windows: Int
    let ends: UnsafePointer<Timestamp>
    let counts: UnsafePointer<Int64>
    let firstTimes: UnsafePointer<Timestamp>
    let firsts: UnsafePointer<Double>
    let lastTimes: UnsafePointer<Timestamp>
    let lasts: UnsafePointer<Double>
    let staleTimes: UnsafePointer<Timestamp>
    /// How many samples there are.
    let samples: Int
    let times: UnsafePointer<Timestamp>
    let values: UnsafePointer<Double>

    init(_ windows: AggregateColumn, _ tail: SampleColumn) {
        self.windows = windows.count
        (ends, counts) = (UnsafePointer(windows.ends), UnsafePointer(windows.counts))
        (firstTimes, firsts) = (UnsafePointer(windows.firstTimes), UnsafePointer(windows.firsts))
        (lastTimes, lasts) = (UnsafePointer(windows.lastTimes), UnsafePointer(windows.lasts))
        staleTimes = UnsafePointer(windows.staleTimes)
        samples = tail.count
        (times, values) = (UnsafePointer(tail.times), UnsafePointer(tail.values))
    }
}
