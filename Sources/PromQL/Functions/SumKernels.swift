import Model

/// `sum_over_time`
struct SumKernel: WindowKernel {
    private var sliding = SlidingSum()

    mutating func begin(_ column: SampleColumn) { sliding.begin() }

    mutating func value(_ window: Window) -> Double? {
        if let sum = sliding.sum(window) { return sum.value }
        var inOrder = CompensatedSum()
        for i in window.low..<window.high { inOrder.add(window.values[i]) }
        return inOrder.value
    }
}

/// `avg_over_time`
struct MeanKernel: WindowKernel {
    private var sliding = SlidingSum()

    mutating func begin(_ column: SampleColumn) { sliding.begin() }

    mutating func value(_ window: Window) -> Double? {
        if let sum = sliding.sum(window) { return sum.sum / Double(window.count) + sum.compensation / Double(window.count) }
        var inOrder = CompensatedMean()
        for i in window.low..<window.high { inOrder.add(window.values[i]) }
        return inOrder.value
    }
}

/// The sums of a column's long windows, in two additions a sample however much the windows overlap.
///
/// Nothing is ever subtracted, which would leave rounding errors behind. What was in the window at some time (the samples from `base` to `split`) is
/// kept as the sums from each of them on, and what came since as one sum. When the window has left the former behind, it is all divided anew.
private struct SlidingSum {
    /// From sample `base + i` up to `split`.
    private var tails: [CompensatedSum] = []
    private var base = 0
    private var split = 0
    private var head = CompensatedSum()
    private var entered = 0
    /// Whether any sample since `base` is none that is below `limit`.
    private var isUnsafe = false
    /// Sums of smaller values are finite in any order.
    private static let limit = 1e290

    mutating func begin() {
        split = 0
        entered = 0
    }

    /// Nil for short windows, which are added up as fast as this, and where the sum may depend on the order of its terms: with infinities, NaN, and
    /// values near them.
    mutating func sum(_ window: Window) -> CompensatedSum? {
        guard window.count > 32 else { return nil }
        if window.low >= split {
            divide(window)
        } else {
            for i in entered..<max(window.high, entered) {
                let value = window.values[i]
                if !(abs(value) < Self.limit) { isUnsafe = true }
                head.add(value)
            }
            entered = max(window.high, entered)
        }
        if isUnsafe { return nil }
        var sum = tails[window.low - base]
        sum.add(head)
        return sum
    }

    private mutating func divide(_ window: Window) {
        base = window.low
        split = window.high
        entered = window.high
        head = CompensatedSum()
        isUnsafe = false
        tails.removeAll(keepingCapacity: true)
        tails.append(contentsOf: repeatElement(CompensatedSum(), count: window.count))
        var sum = CompensatedSum()
        for i in stride(from: window.high - 1, through: window.low, by: -1) {
            let value = window.values[i]
            if !(abs(value) < Self.limit) { isUnsafe = true }
            sum.add(value)
            tails[i - window.low] = sum
        }
    }
}
