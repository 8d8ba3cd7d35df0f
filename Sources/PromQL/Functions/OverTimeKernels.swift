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

/// `min_over_time`, `max_over_time`, `ts_of_min_over_time`, `ts_of_max_over_time`.
///
/// Keeps a queue of the positions that can still become the extreme: each is better than all behind it, so the front is the answer, and a
/// sample enters and leaves once however much windows overlap. NaN loses against every number.
struct ExtremeKernel: WindowKernel {
    let isMax: Bool
    /// The time in seconds of the last occurrence instead of the value.
    let givesTime: Bool
    /// Positions, of which those from `front` up to `end` count.
    private var queue: [Int] = []
    private var front = 0
    private var end = 0
    private var entered = 0

    init(isMax: Bool, givesTime: Bool) {
        self.isMax = isMax
        self.givesTime = givesTime
    }

    mutating func begin(_ column: SampleColumn) {
        if queue.count < column.count { queue = [Int](repeating: 0, count: column.count) }
        front = 0
        end = 0
        entered = 0
    }

    mutating func value(_ window: Window) -> Double? {
        let (first, last, order) = (front, end, self.order)
        let start = max(entered, window.low)
        entered = window.high
        (front, end) = queue.withUnsafeMutableBufferPointer { queue in
            var (front, end) = (first, last)
            while front < end, queue[front] < window.low { front &+= 1 }
            for at in start..<window.high {
                let value = window.values[at]
                while end > front, order.yields(window.values[queue[end &- 1]], to: value) { end &-= 1 }
                queue[end] = at
                end &+= 1
            }
            return (front, end)
        }
        return givesTime ? Double(window.times[queue[front]]) / 1000 : window.values[queue[front]]
    }

    private var order: Order { Order(isMax: isMax, givesTime: givesTime) }

    private struct Order {
        let isMax: Bool
        let givesTime: Bool

        @inline(__always)
        func yields(_ older: Double, to newer: Double) -> Bool {
            if older.isNaN { return true }
            // Of equals, which a zero and a negative zero are, the first is the value; the time is that of the last.
            if newer == older { return givesTime }
            return isMax ? newer > older : newer < older
        }
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
