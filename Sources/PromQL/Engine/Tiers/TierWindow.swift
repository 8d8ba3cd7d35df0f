import Model
import TSDB

/// What answers for one range of a range function: whole windows of tiers, and raw samples.
struct TierWindow {
    let series: TierSeries
    /// Places in the series, at least one.
    var low: Int
    var high: Int
    /// What they stand for: `(start, end]`, the range that was asked for, or where it cut windows, these edges moved to theirs.
    var start: Timestamp
    var end: Timestamp
    /// Length of the range asked for, milliseconds.
    let range: Int64
    /// The evaluation time, which `offset` and `@` move away from the range's end.
    var evaluation: Timestamp = 0
    var step = 0

    /// Which windows of the series.
    var windows: Range<Int> { min(low, series.columns.windows)..<min(high, series.columns.windows) }

    /// Which samples of the series' tail.
    var samples: Range<Int> {
        let windows = series.columns.windows
        return max(low, windows) - windows..<max(high, windows) - windows
    }

    /// How many samples there are in all.
    var count: Int64 { series.samples(low, high) }

    /// What makes a total over the windows one over the range asked for.
    var scale: Double { end - start == range ? 1 : Double(range) / Double(end - start) }

    // MARK: Edges

    var firstTime: Timestamp { low < columns.windows ? columns.firstTimes[low] : columns.times[low - columns.windows] }
    var first: Double { low < columns.windows ? columns.firsts[low] : columns.values[low - columns.windows] }
    var lastTime: Timestamp { high <= columns.windows ? columns.lastTimes[high - 1] : columns.times[high - 1 - columns.windows] }
    var last: Double { high <= columns.windows ? columns.lasts[high - 1] : columns.values[high - 1 - columns.windows] }

    private var columns: TierColumns { series.columns }
}

/// Moves a range forward over a series.
///
/// Of a window it is known when its first and its last sample were. If none of its samples can be in the range, it is left out; if all must be, it is
/// in, and the answer is what the samples themselves would give. A window that the range's start cuts is taken whole, one that its end cuts is left
/// to the next range; unless less than two samples would remain.
struct TierCursor {
    private let series: TierSeries
    /// The first place with a sample behind the start, and the first with none up to the end; windows and tail apart.
    private var (low, high) = (0, 0)
    private var (tailLow, tailHigh) = (0, 0)

    init(_ series: TierSeries) { self.series = series }

    /// Nil where nothing is. Ranges must not move backward.
    mutating func move(to end: Timestamp, range: Int64) -> TierWindow? {
        let start = end - range
        advance(start, end)
        let windows = series.columns.windows
        var found = TierWindow(
            series: series, low: low < windows ? low : windows + tailLow, high: tailHigh > 0 ? windows + tailHigh : high, start: start, end: end,
            range: range)
        guard found.low < found.high else { return nil }
        moveStart(of: &found)
        moveEnd(of: &found)
        return found
    }

    private func moveStart(of found: inout TierWindow) {
        guard found.low < series.columns.windows, series.columns.firstTimes[found.low] <= found.start else { return }
        note(found.low)
        found.start = series.begin(found.low)
    }

    private func moveEnd(of found: inout TierWindow) {
        let last = found.high - 1
        guard last < series.columns.windows, series.columns.lastTimes[last] > found.end else { return }
        note(last)
        let begin = series.begin(last)
        if last > found.low, begin > found.start, series.samples(found.low, last) >= 2 {
            (found.high, found.end) = (last, begin)
        } else {
            found.end = series.columns.ends[last]
        }
    }

    private mutating func advance(_ start: Timestamp, _ end: Timestamp) {
        let columns = series.columns
        while low < columns.windows, columns.lastTimes[low] <= start { low += 1 }
        if high < low { high = low }
        while high < columns.windows, columns.firstTimes[high] <= end { high += 1 }
        while tailHigh < columns.samples, columns.times[tailHigh] <= end { tailHigh += 1 }
        while tailLow < tailHigh, columns.times[tailLow] <= start { tailLow += 1 }
    }

    private func note(_ place: Int) {
        guard let tier = series.spans.tier(at: series.columns.ends[place]) else { return }
        series.notes.cut.insert(TierSelection(tier))
    }
}
