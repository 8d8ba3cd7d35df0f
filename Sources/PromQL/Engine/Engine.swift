public import Model
public import TSDB

/// Evaluates PromQL over anything that can be queried. Queries may run on many threads at once.
public final class Engine: Sendable {
    public let options: EngineOptions
    private let stash = ColumnStash()

    public init(options: EngineOptions = .init()) {
        self.options = options
    }

    /// Evaluates a query at one time. A range selector gives its samples as a matrix.
    public func instant(
        _ query: String, at time: Timestamp, over source: any SeriesSource, _ options: QueryOptions = .init()
    ) throws(QueryError) -> QueryResult {
        try run(query, StepGrid(at: time), step: 0, source, options)
    }

    /// Evaluates a query at `from`, `from + step`, … up to `through`, both included. Times in milliseconds.
    public func range(
        _ query: String, from: Timestamp, through: Timestamp, step: Int64, over source: any SeriesSource, _ options: QueryOptions = .init()
    ) throws(QueryError) -> QueryResult {
        guard step > 0 else { throw .execution("zero or negative query resolution step widths are not accepted. Try a positive integer") }
        guard through >= from else { throw .execution("end timestamp must not be before start time") }
        guard TimeBounds.contains(from), TimeBounds.contains(through), TimeBounds.contains(step) else { throw .execution("timestamp out of range") }
        return try run(query, StepGrid(from: from, through: through, step: step), step: step, source, options, isRange: true)
    }

    private func run(
        _ query: String, _ grid: StepGrid, step: Int64, _ source: any SeriesSource, _ settings: QueryOptions, isRange: Bool = false
    ) throws(QueryError) -> QueryResult {
        guard TimeBounds.contains(grid.start), TimeBounds.contains(grid.end) else { throw .execution("timestamp out of range") }
        let prepared: PreparedQuery
        do {
            prepared = try PreparedQuery(query, options: options.features.syntax)
        } catch {
            throw .parse(error)
        }
        return try run(prepared, grid, step: step, source, settings, isRange: isRange)
    }

    func run(
        _ query: PreparedQuery, _ grid: StepGrid, step: Int64, _ source: any SeriesSource, _ settings: QueryOptions, isRange: Bool = false
    ) throws(QueryError) -> QueryResult {
        guard TimeBounds.contains(grid.start), TimeBounds.contains(grid.end) else { throw .execution("timestamp out of range") }
        let expr = query.expr
        do {
            if isRange, expr.type != .scalar, expr.type != .vector {
                throw QueryError.execution(
                    "invalid expression type \(quoted(expr.type.documented)) for range query, must be Scalar or instant Vector")
            }
            let context = QueryContext(query.text, expr, options, settings, stash, source, grid, step: step, isRange: isRange)
            try context.account.check(grid)
            let value = try Evaluator(context, grid).answer(expr, isRange: isRange)
            // Sweeps that were cut short tell nobody.
            try context.checkStop()
            return QueryResult(
                value: value, warnings: context.annotations.warnings, infos: context.annotations.infos, samplesRead: context.account.read,
                samplesByTier: context.account.windowsRead)
        } catch let error as QueryError {
            throw error
        } catch let error as ParseError {
            throw .parse(error)
        } catch {
            throw .storage("\(error)")
        }
    }
}
