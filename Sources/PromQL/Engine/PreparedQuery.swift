public import Model
public import TSDB

/// A query that was parsed once and may be evaluated as often as one likes.
public struct PreparedQuery: Sendable {
    /// As it was written: warnings point into it.
    public let text: String
    public let expr: Expr

    public init(text: String, expr: Expr) {
        self.text = text
        self.expr = expr
    }

    /// Parses a text.
    public init(_ text: String, options: PromQLOptions = .standard) throws(ParseError) {
        self.init(text: text, expr: try PromQLParser.parse(text, options: options))
    }
}

extension Engine {
    /// Evaluates a query at one time; see the form that takes a text.
    public func instant(
        _ query: PreparedQuery, at time: Timestamp, over source: any SeriesSource, _ options: QueryOptions = .init()
    ) throws(QueryError) -> QueryResult {
        try run(query, StepGrid(at: time), step: 0, source, options)
    }
}
