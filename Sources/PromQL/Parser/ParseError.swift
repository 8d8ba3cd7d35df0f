import Model

/// What is wrong with a query, and where.
public struct ParseError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Byte offsets into the query.
    public let range: SourceRange
    /// `line:column`, both from 1, as bytes.
    public private(set) var place: String
    public let message: String

    init(_ range: SourceRange, _ message: String) {
        self.range = range
        self.message = message
        place = "1:\(range.start + 1)"
    }

    /// The same error with the line and column found in the text.
    public func located(in text: String) -> ParseError {
        var error = self
        error.place = text.isEmpty ? "unknown position" : range.place(in: text)
        return error
    }

    /// `1:5: parse error: unexpected end of input`
    public var description: String { "\(place): parse error: \(message)" }
}
