import Model
import TSDB

/// Computes one value from what windows and raw samples tell of a range, as the range moves forward: `WindowKernel` where tiers answer.
///
/// What has left a range is never subtracted: each range's total is made anew.
protocol TierWindowKernel {
    /// Which parts of windows it looks at, beside those that are always there.
    var parts: AggregateParts { get }
    /// Whether the value is a total, which grows with the range.
    var isTotal: Bool { get }
    /// Called once per series, before its first range.
    mutating func begin(_ series: TierSeries)
    /// Nil where the result has no sample.
    mutating func value(_ window: TierWindow) -> Double?
    /// Whether that value is not what the samples would give: asked after it.
    func isApproximate(_ window: TierWindow) -> Bool
}

extension TierWindowKernel {
    var isTotal: Bool { false }
    mutating func begin(_ series: TierSeries) {}
    func isApproximate(_ window: TierWindow) -> Bool { false }

    /// Computes some steps of one series, of which the row has nothing yet. Specialised per kernel.
    mutating func sweep(_ series: TierSeries, _ frame: WindowFrame, _ steps: Range<Int>, into row: Row) {
        guard series.count > 0 else { return }
        begin(series)
        var looks = StopLooks(frame.stop)
        var cursor = TierCursor(series)
        for step in steps {
            guard var window = cursor.move(to: frame.references[step], range: frame.range) else { continue }
            if looks.isToStop(before: window.high - window.low) { return }
            window.step = step
            window.evaluation = frame.grid.time(step)
            guard let value = value(window) else { continue }
            row.set(step, value)
            if isApproximate(window) { series.notes.approximate.formUnion(series.spans.tiers(from: window.start, through: window.end)) }
        }
    }
}
