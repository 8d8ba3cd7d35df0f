import Glibc
import Model

/// `sum_over_time`. Each window is summed anew: subtracting what has left would keep its rounding errors.
struct SumKernel: WindowKernel {
    mutating func value(_ window: Window) -> Double? {
        var sum = CompensatedSum()
        for i in window.low..<window.high { sum.add(window.values[i]) }
        return sum.value
    }
}

/// `avg_over_time`
struct MeanKernel: WindowKernel {
    mutating func value(_ window: Window) -> Double? {
        var mean = CompensatedMean()
        for i in window.low..<window.high { mean.add(window.values[i]) }
        return mean.value
    }
}

/// `count_over_time`
struct CountKernel: WindowKernel {
    mutating func value(_ window: Window) -> Double? { Double(window.count) }
}

/// `present_over_time`
struct PresentKernel: WindowKernel {
    mutating func value(_ window: Window) -> Double? { 1 }
}

/// `first_over_time`, `last_over_time`, `ts_of_first_over_time`, `ts_of_last_over_time`.
struct EdgeKernel: WindowKernel {
    let isLast: Bool
    /// The time in seconds instead of the value.
    let givesTime: Bool

    mutating func value(_ window: Window) -> Double? {
        let at = isLast ? window.high - 1 : window.low
        return givesTime ? Double(window.times[at]) / 1000 : window.values[at]
    }
}

/// `stddev_over_time`, `stdvar_over_time`: Welford's method, compensated.
struct DeviationKernel: WindowKernel {
    let isVariance: Bool

    mutating func value(_ window: Window) -> Double? {
        var count = 0.0
        var mean = CompensatedSum()
        var squares = CompensatedSum()
        for i in window.low..<window.high {
            count += 1
            let value = window.values[i]
            let delta = value - (mean.sum + mean.compensation)
            mean.add(delta / count)
            squares.add(delta * (value - (mean.sum + mean.compensation)))
        }
        let variance = (squares.sum + squares.compensation) / count
        return isVariance ? variance : variance.squareRoot()
    }
}

/// `quantile_over_time`
struct QuantileKernel: WindowKernel {
    /// φ for each step.
    let phi: [Double]
    private var sorted: [Double] = []

    init(phi: [Double]) { self.phi = phi }

    mutating func value(_ window: Window) -> Double? {
        sorted.removeAll(keepingCapacity: true)
        sorted.append(contentsOf: UnsafeBufferPointer(start: window.values + window.low, count: window.count))
        return Quantile.of(&sorted, phi[window.step])
    }
}

/// `mad_over_time`
struct MedianDeviationKernel: WindowKernel {
    private var sorted: [Double] = []

    mutating func value(_ window: Window) -> Double? {
        sorted.removeAll(keepingCapacity: true)
        sorted.append(contentsOf: UnsafeBufferPointer(start: window.values + window.low, count: window.count))
        return Quantile.medianDeviation(&sorted)
    }
}
