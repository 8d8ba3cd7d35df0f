import Model
import TSDB

/// `deriv` and `predict_linear`, over the first and the last sample of each window: the slope of a straight line is theirs too.
struct TierTrendKernel<Inner: WindowKernel>: TierWindowKernel {
    let parts: AggregateParts = .first
    private var inner: Inner
    private var points = TierPoints()

    init(_ inner: Inner) { self.inner = inner }

    mutating func begin(_ series: TierSeries) {
        points.fill(series) { index, points in series.windows.appendEdges(index, to: points) }
        inner.begin(points.column)
    }

    mutating func value(_ window: TierWindow) -> Double? { inner.value(points.window(window)) }

    func isApproximate(_ window: TierWindow) -> Bool { window.count > points.window(window).count }
}

/// `double_exponential_smoothing`, over the last sample of each window, which are about as far from each other; of a single window over the first too.
struct TierSmoothingKernel: TierWindowKernel {
    let parts: AggregateParts = .first
    private var inner: DoubleSmoothingKernel
    private var lasts = TierPoints()
    private var edges = TierPoints()

    init(_ inner: DoubleSmoothingKernel) { self.inner = inner }

    mutating func begin(_ series: TierSeries) {
        let windows = series.windows
        lasts.fill(series, times: windows.lastTimes, values: windows.lasts)
        edges.fill(series) { index, points in windows.appendEdges(index, to: points) }
    }

    private func points(_ window: TierWindow) -> Window { (window.high - window.low > 1 ? lasts : edges).window(window) }

    mutating func value(_ window: TierWindow) -> Double? { inner.value(points(window)) }

    func isApproximate(_ window: TierWindow) -> Bool { window.count > points(window).count }
}

extension DerivativeKernel {
    func overWindows() -> TierTrendKernel<DerivativeKernel> { TierTrendKernel(self) }
}

extension PredictionKernel {
    func overWindows() -> TierTrendKernel<PredictionKernel> { TierTrendKernel(self) }
}

extension DoubleSmoothingKernel {
    func overWindows() -> TierSmoothingKernel { TierSmoothingKernel(self) }
}
