import Model
import TSDB

/// `min_over_time`, `max_over_time`, `ts_of_min_over_time`, `ts_of_max_over_time`.
struct TierExtremeKernel: TierWindowKernel {
    let parts: AggregateParts = [.first, .extremes]
    let isMax: Bool
    let givesTime: Bool
    private var points = TierPoints()
    private var inner: ExtremeKernel
    /// How many windows before each do not tell when they had their extreme.
    private var uncertain: [Int] = []

    init(isMax: Bool, givesTime: Bool) {
        self.isMax = isMax
        self.givesTime = givesTime
        inner = ExtremeKernel(isMax: isMax, givesTime: givesTime)
    }

    mutating func begin(_ series: TierSeries) {
        let windows = series.windows
        let extremes = isMax ? windows.maxima : windows.minima
        points.fill(series, times: windows.lastTimes, values: extremes)
        inner.begin(points.column)
        guard givesTime else { return }
        uncertain = [0]
        for index in 0..<windows.count {
            points.column.times[index] = Self.time(windows, index, of: extremes[index])
            uncertain.append(uncertain[index] + (windows.counts[index] > 2 && windows.lasts[index] != extremes[index] ? 1 : 0))
        }
    }

    /// The time of the last sample that has a value, as far as it is known: half the window's length off at most, unless the first has it too.
    private static func time(_ windows: AggregateColumn, _ index: Int, of value: Double) -> Timestamp {
        let (first, last) = (windows.firstTimes[index], windows.lastTimes[index])
        if windows.lasts[index] == value || value.isNaN { return last }
        return windows.firsts[index] == value ? first : first + (last - first) / 2
    }

    mutating func value(_ window: TierWindow) -> Double? { inner.value(points.window(window)) }

    func isApproximate(_ window: TierWindow) -> Bool {
        let windows = window.windows
        return givesTime && uncertain[windows.upperBound] > uncertain[windows.lowerBound]
    }
}

extension ExtremeKernel {
    func overWindows() -> TierExtremeKernel { TierExtremeKernel(isMax: isMax, givesTime: givesTime) }
}
