import Model
import TSDB

/// The samples of a range, those of a window all with its mean as their value.
struct WeightedValues {
    private(set) var values: [(value: Double, weight: Int64)] = []
    private(set) var weight: Int64 = 0

    mutating func gather(_ window: TierWindow) {
        let windows = window.series.windows
        let tail = window.series.tail
        values.removeAll(keepingCapacity: true)
        for index in window.windows { values.append((Self.mean(windows, index), windows.counts[index])) }
        for index in window.samples { values.append((tail.values[index], 1)) }
        weight = window.count
    }

    /// A sum, which is rounded, divided again need not give what all samples were.
    private static func mean(_ windows: AggregateColumn, _ index: Int) -> Double {
        let (sum, least) = (windows.sums[index], windows.minima[index])
        return least == windows.maxima[index] && !sum.isNaN ? least : sum / Double(windows.counts[index])
    }

    /// As `Quantile.of`, of as many values as they weigh.
    mutating func quantile(_ phi: Double) -> Double {
        if values.isEmpty || phi.isNaN { return .nan }
        if phi < 0 { return -.infinity }
        if phi > 1 { return .infinity }
        // NaN counts as the smallest value.
        values.sort { a, b in a.value < b.value || (a.value.isNaN && !b.value.isNaN) }
        let rank = phi * Double(weight - 1)
        let lower = Int64(rank.rounded(.down))
        let share = rank - rank.rounded(.down)
        let (below, above) = (value(at: lower), value(at: min(lower + 1, weight - 1)))
        return below.isNaN ? .nan : below * (1 - share) + above * share
    }

    private func value(at rank: Int64) -> Double {
        var seen: Int64 = 0
        for one in values {
            seen += one.weight
            if seen > rank { return one.value }
        }
        return .nan
    }

    /// As `Quantile.medianDeviation`.
    mutating func medianDeviation() -> Double {
        if values.contains(where: \.value.isNaN) { return .nan }
        let median = quantile(0.5)
        for index in values.indices { values[index].value = abs(values[index].value - median) }
        return quantile(0.5)
    }

    /// Of all the values the mean square of their distances from their mean.
    var variance: Double {
        let count = Double(weight)
        if let first = values.first?.value, first.isFinite, values.allSatisfy({ $0.value == first }) { return 0 }
        var mean = CompensatedSum()
        for one in values { mean.add(one.value * (Double(one.weight) / count)) }
        var squares = CompensatedSum()
        for one in values {
            let distance = one.value - mean.value
            squares.add(distance * distance * Double(one.weight))
        }
        return squares.value / count
    }
}

/// `stddev_over_time`, `stdvar_over_time`: how far the means of windows lie from each other.
struct TierDeviationKernel: TierWindowKernel {
    let parts: AggregateParts = [.first, .sum, .extremes]
    let isVariance: Bool
    private var values = WeightedValues()

    init(isVariance: Bool) { self.isVariance = isVariance }

    mutating func value(_ window: TierWindow) -> Double? {
        values.gather(window)
        return isVariance ? values.variance : values.variance.squareRoot()
    }

    func isApproximate(_ window: TierWindow) -> Bool { window.hasMeans }
}

/// `quantile_over_time`
struct TierQuantileKernel: TierWindowKernel {
    let parts: AggregateParts = [.first, .sum, .extremes]
    let phi: [Double]
    private var values = WeightedValues()

    init(phi: [Double]) { self.phi = phi }

    mutating func value(_ window: TierWindow) -> Double? {
        values.gather(window)
        return values.quantile(phi[window.step])
    }

    func isApproximate(_ window: TierWindow) -> Bool { window.hasMeans }
}

/// `mad_over_time`
struct TierMedianDeviationKernel: TierWindowKernel {
    let parts: AggregateParts = [.first, .sum, .extremes]
    private var values = WeightedValues()

    mutating func value(_ window: TierWindow) -> Double? {
        values.gather(window)
        return values.medianDeviation()
    }

    func isApproximate(_ window: TierWindow) -> Bool { window.hasMeans }
}

extension TierWindow {
    /// Whether a window among them has several samples, of which the mean alone is known.
    fileprivate var hasMeans: Bool { count > high - low }
}

extension DeviationKernel {
    func overWindows() -> TierDeviationKernel { TierDeviationKernel(isVariance: isVariance) }
}

extension QuantileKernel {
    func overWindows() -> TierQuantileKernel { TierQuantileKernel(phi: phi) }
}

extension MedianDeviationKernel {
    func overWindows() -> TierMedianDeviationKernel { TierMedianDeviationKernel() }
}
