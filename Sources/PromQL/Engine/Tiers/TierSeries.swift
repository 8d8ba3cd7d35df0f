import Model
import TSDB

/// What tiers and raw samples have of one series: its windows, then the samples behind the last of them.
///
/// A *place* counts through both lists: places up to `windows.count` are windows, all further ones samples.
final class TierSeries {
    let windows = AggregateColumn()
    let tail: SampleColumn
    /// What there is of native histograms, raw ones as windows of one.
    var histograms: [HistogramAggregate] = []
    var spans = TierSpans()
    /// Collected as the series is worked on.
    var notes = TierNotes()
    /// How many samples the windows before a window have; one more than there are windows.
    private var before: [Int64] = [0]

    init(tail: SampleColumn = SampleColumn()) { self.tail = tail }

    func clear() {
        windows.removeAll()
        tail.removeAll()
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
        before.reserveCapacity(windows.count + 1)
        var total: Int64 = 0
        before.append(0)
        for index in 0..<windows.count {
            total &+= windows.counts[index]
            before.append(total)
        }
    }

    /// How many places there are.
    var count: Int { windows.count + tail.count }

    /// How many samples lie at places.
    func samples(_ low: Int, _ high: Int) -> Int64 {
        let (first, last) = (min(low, windows.count), min(high, windows.count))
        return before[last] - before[first] + Int64((high - last) - (low - first))
    }

    /// Where the window at a place begins. A raw sample among windows is one that begins and ends at its time.
    func begin(_ place: Int) -> Timestamp {
        let end = windows.ends[place]
        return end - (spans.tier(at: end)?.resolution ?? 0)
    }
}
