import Model
import TSDB

/// `rate`, `increase` and `delta`
struct TierExtrapolatedKernel: TierWindowKernel {
    let parts: AggregateParts = [.first, .resets]
    let isCounter: Bool
    let isRate: Bool
    private var resets = TierResetList()

    var isTotal: Bool { !isRate }

    init(isCounter: Bool, isRate: Bool) {
        self.isCounter = isCounter
        self.isRate = isRate
    }

    mutating func begin(_ series: TierSeries) {
        if isCounter { resets.find(series) }
    }

    mutating func value(_ window: TierWindow) -> Double? {
        let count = window.count
        guard count >= 2 else { return nil }
        var difference = window.last - window.first
        if isCounter { resets.addLost(window, to: &difference) }
        let extent = Extrapolation(
            window.firstTime, window.lastTime, count: Int(count), start: window.start, end: window.end, isCounter: isCounter, first: window.first,
            difference: difference)
        return difference * (isRate ? extent.factor / extent.seconds : extent.factor * window.scale)
    }

    func isApproximate(_ window: TierWindow) -> Bool { isCounter && resets.isGuess(window) }
}

/// Where counters were reset, in windows, between them, and in the samples behind them: `ResetList` where tiers answer.
struct TierResetList {
    /// Resets within a window, or between it and the one before.
    private struct Entry {
        /// Twice the window's place, one more if they are within it.
        let position: Int
        let lost: Double
        let count: Int64
    }

    private var entries: [Entry] = []
    /// The first entry that no range has left behind.
    private var next = 0
    private var inTail = ResetList()
    /// Windows that late samples were merged into: what was reset in them is not known.
    private var merged: [Int] = []

    mutating func find(_ series: TierSeries) {
        entries.removeAll(keepingCapacity: true)
        next = 0
        merged.removeAll(keepingCapacity: true)
        let columns = series.columns
        let (isMerged, resets, lost) = (series.windows.merged, series.windows.resets, series.windows.lost)
        for index in 0..<columns.windows {
            if isMerged[index] { merged.append(index) }
            if index > 0, columns.firsts[index] < columns.lasts[index - 1] {
                entries.append(Entry(position: 2 * index, lost: columns.lasts[index - 1], count: 1))
            }
            if resets[index] != 0 || lost[index] != 0 {
                entries.append(Entry(position: 2 * index + 1, lost: lost[index], count: resets[index]))
            }
        }
        guard columns.samples > 0 else { return }
        if columns.windows > 0, columns.values[0] < columns.lasts[columns.windows - 1] {
            entries.append(Entry(position: 2 * columns.windows, lost: columns.lasts[columns.windows - 1], count: 1))
        }
        inTail.find(series.tail)
    }

    mutating func addLost(_ window: TierWindow, to sum: inout Double) {
        forEach(window) { sum += $0.lost }
        if let tail = window.tail { inTail.addLost(tail, to: &sum) }
    }

    mutating func count(_ window: TierWindow) -> Int64 {
        var count: Int64 = 0
        forEach(window) { count += $0.count }
        if let tail = window.tail { count += Int64(inTail.count(tail)) }
        return count
    }

    func isGuess(_ window: TierWindow) -> Bool {
        guard !merged.isEmpty else { return false }
        return merged.contains(where: window.windows.contains)
    }

    private mutating func forEach(_ window: TierWindow, _ body: (Entry) -> Void) {
        let windows = window.windows
        let end = 2 * windows.upperBound + (window.samples.isEmpty ? 0 : 1)
        while next < entries.count, entries[next].position <= 2 * windows.lowerBound { next += 1 }
        var at = next
        while at < entries.count, entries[at].position < end {
            body(entries[at])
            at += 1
        }
    }
}

extension TierWindow {
    /// The samples behind the windows as a range of their own, nil if there are none.
    var tail: Window? {
        let samples = samples
        if samples.isEmpty { return nil }
        return Window(
            times: series.tail.times, values: series.tail.values, low: samples.lowerBound, high: samples.upperBound, start: start, end: end,
            evaluation: evaluation, step: step)
    }
}

/// `resets`
struct TierResetsKernel: TierWindowKernel {
    let parts: AggregateParts = [.first, .resets]
    private var resets = TierResetList()

    mutating func begin(_ series: TierSeries) { resets.find(series) }
    mutating func value(_ window: TierWindow) -> Double? { Double(resets.count(window)) }
    func isApproximate(_ window: TierWindow) -> Bool { resets.isGuess(window) }
}

extension ExtrapolatedKernel {
    func overWindows() -> TierExtrapolatedKernel { TierExtrapolatedKernel(isCounter: isCounter, isRate: isRate) }
}

extension ResetsKernel {
    func overWindows() -> TierResetsKernel { TierResetsKernel() }
}
