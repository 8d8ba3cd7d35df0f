import Model
import TSDB

/// `count_over_time`
struct TierCountKernel: TierWindowKernel {
    let parts: AggregateParts = .first
    let isTotal = true

    mutating func value(_ window: TierWindow) -> Double? { Double(window.count) * window.scale }
}

/// `present_over_time`
struct TierPresentKernel: TierWindowKernel {
    let parts: AggregateParts = .first

    mutating func value(_ window: TierWindow) -> Double? { 1 }
}

/// `first_over_time`, `last_over_time`, `ts_of_first_over_time`, `ts_of_last_over_time`.
struct TierEdgeKernel: TierWindowKernel {
    let parts: AggregateParts = .first
    let isLast: Bool
    /// The time in seconds instead of the value.
    let givesTime: Bool

    mutating func value(_ window: TierWindow) -> Double? {
        if givesTime { return Double(isLast ? window.lastTime : window.firstTime) / 1000 }
        return isLast ? window.last : window.first
    }
}

/// `sum_over_time`
struct TierSumKernel: TierWindowKernel {
    let parts: AggregateParts = [.first, .sum]
    let isTotal = true

    mutating func value(_ window: TierWindow) -> Double? { CompensatedSum(of: window).value * window.scale }
}

/// `avg_over_time`
struct TierMeanKernel: TierWindowKernel {
    let parts: AggregateParts = [.first, .sum]

    mutating func value(_ window: TierWindow) -> Double? {
        let count = Double(window.count)
        let total = CompensatedSum(of: window)
        if !total.sum.isInfinite { return total.sum / count + total.compensation / count }
        // Shares of a mean are finite where their sum may not be.
        return CompensatedSum(of: window, divisor: count).value
    }
}

extension CompensatedSum {
    /// The sum of the sums of windows and of samples, each divided first.
    init(of window: TierWindow, divisor: Double = 1) {
        self.init()
        let sums = window.series.windows.sums
        let values = window.series.tail.values
        if divisor == 1 {
            for index in window.windows { add(sums[index]) }
            for index in window.samples { add(values[index]) }
        } else {
            for index in window.windows { add(sums[index] / divisor) }
            for index in window.samples { add(values[index] / divisor) }
        }
    }
}

extension CountKernel {
    func overWindows() -> TierCountKernel { TierCountKernel() }
}

extension PresentKernel {
    func overWindows() -> TierPresentKernel { TierPresentKernel() }
}

extension EdgeKernel {
    func overWindows() -> TierEdgeKernel { TierEdgeKernel(isLast: isLast, givesTime: givesTime) }
}

extension SumKernel {
    func overWindows() -> TierSumKernel { TierSumKernel() }
}

extension MeanKernel {
    func overWindows() -> TierMeanKernel { TierMeanKernel() }
}
