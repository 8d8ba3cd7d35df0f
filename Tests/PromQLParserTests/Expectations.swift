import PromQL
import Testing

/// The tables of queries say what Prometheus says of them: how it prints what it accepts, and where and with which words it refuses the rest.
/// They were compared with a real one; what is newer than that is taken from the language's description.

/// The query is PromQL, prints like this, and the printed text is read as the same expression.
func expectReading(_ query: String, _ printed: String, _ options: PromQLOptions = .standard, _ location: SourceLocation = #_sourceLocation) {
    do {
        let expr = try PromQLParser.parse(query, options: options)
        #expect(expr.description == printed, sourceLocation: location)
        #expect(try PromQLParser.parse(printed, options: options) == expr, sourceLocation: location)
    } catch {
        Issue.record("\(query) is refused: \(error)", sourceLocation: location)
    }
}

/// The query is refused with `line:column: message`.
func expectRefusal(_ query: String, _ expected: String, _ options: PromQLOptions = .standard, _ location: SourceLocation = #_sourceLocation) {
    let error = #expect(throws: ParseError.self, sourceLocation: location) { try PromQLParser.parse(query, options: options) }
    guard let error else { return }
    #expect("\(error.place): \(error.message)" == expected, sourceLocation: location)
    #expect(0 <= error.range.start && error.range.start <= error.range.end && error.range.end <= query.utf8.count, sourceLocation: location)
}
