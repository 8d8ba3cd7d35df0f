import Model
import TSDB

/// `irate` and `idelta`: from the last two samples where they are known, else the mean of the last window.
struct TierLastTwoKernel: TierWindowKernel {
    let parts: AggregateParts = [.first, .resets]
    let isRate: Bool

    mutating func value(_ window: TierWindow) -> Double? {
        guard window.count >= 2 else { return nil }
        let windows = window.series.windows
        let samples = window.samples
        let last = window.windows.upperBound - 1
        if let tail = window.tail, samples.count > 1 {
            var exact = LastTwoKernel(isRate: isRate)
            return exact.value(tail)
        }
        if !samples.isEmpty { return between(windows.lastTimes[last], windows.lasts[last], window.lastTime, window.last) }
        if windows.counts[last] == 1 {
            return between(windows.lastTimes[last - 1], windows.lasts[last - 1], windows.lastTimes[last], windows.lasts[last])
        }
        let difference = windows.lasts[last] - windows.firsts[last]
        if !isRate { return difference / Double(windows.counts[last] - 1) }
        return (difference + windows.lost[last]) / (Double(windows.lastTimes[last] - windows.firstTimes[last]) / 1000)
    }

    private func between(_ earlier: Timestamp, _ older: Double, _ later: Timestamp, _ newer: Double) -> Double {
        if !isRate { return newer - older }
        return (newer < older ? newer : newer - older) / (Double(later - earlier) / 1000)
    }

    func isApproximate(_ window: TierWindow) -> Bool {
        window.samples.isEmpty && window.series.windows.counts[window.windows.upperBound - 1] > 2
    }
}

/// `changes`: at least so many there must have been for what is known of the windows.
struct TierChangesKernel: TierWindowKernel {
    let parts: AggregateParts = .all
    private var isUncertain = false

    mutating func value(_ window: TierWindow) -> Double? {
        let windows = window.series.windows
        var changes: Int64 = 0
        var previous: Double?
        isUncertain = false
        for index in window.windows {
            if let previous, Self.differ(previous, windows.firsts[index]) { changes += 1 }
            changes += within(windows, index)
            previous = windows.lasts[index]
        }
        guard let tail = window.tail else { return Double(changes) }
        if let previous, Self.differ(previous, tail.values[tail.low]) { changes += 1 }
        var exact = ChangesKernel()
        return Double(changes) + (exact.value(tail) ?? 0)
    }

    /// The values go from the first over the least and the greatest to the last, and fall at each reset.
    private mutating func within(_ windows: AggregateColumn, _ index: Int) -> Int64 {
        let (first, last) = (windows.firsts[index], windows.lasts[index])
        if windows.counts[index] <= 2 { return Self.differ(first, last) ? 1 : 0 }
        let (least, greatest) = (windows.minima[index], windows.maxima[index])
        if least == greatest, !windows.sums[index].isNaN { return 0 }
        isUncertain = true
        var known = [first]
        for value in [last, least, greatest] where known.allSatisfy({ Self.differ($0, value) }) { known.append(value) }
        let returns = known.count > 1 && !Self.differ(first, last)
        return max(windows.resets[index], Int64(known.count - 1 + (returns ? 1 : 0)))
    }

    private static func differ(_ a: Double, _ b: Double) -> Bool { a != b && !(a.isNaN && b.isNaN) }

    func isApproximate(_ window: TierWindow) -> Bool { isUncertain }
}

extension LastTwoKernel {
    func overWindows() -> TierLastTwoKernel { TierLastTwoKernel(isRate: isRate) }
}

extension ChangesKernel {
    func overWindows() -> TierChangesKernel { TierChangesKernel() }
}
