import Model

extension Evaluator {
    /// The times that a selector or subquery with these modifiers looks at.
    func references(offset: DurationValue, at modifier: AtModifier?) throws -> ReferenceTimes {
        let shift = try context.milliseconds(offset, mustBePositive: false)
        let fixed: Timestamp? =
            switch modifier {
            case .timestamp(let time): TimeBounds.clamp(time)
            case .start: context.queryGrid.start
            case .end: context.queryGrid.end
            case nil: nil
            }
        return ReferenceTimes(first: (fixed ?? grid.start) &- shift, stride: fixed == nil ? grid.step : 0, count: grid.count)
    }

    /// The inner grid of a subquery: the multiples of its step after the first window's start, up to the last window's end.
    func subqueryGrid(_ references: ReferenceTimes, range: Int64, step: Int64) -> StepGrid {
        let start = references.first - range
        let (quotient, remainder) = start.quotientAndRemainder(dividingBy: step)
        let aligned = (remainder < 0 ? quotient : quotient + 1) * step
        return StepGrid(from: aligned, through: references.last, step: step)
    }
}
