import Model

/// A recursive-descent parser with one token of lookahead. Operators are read by precedence climbing.
struct Grammar {
    /// Deeper nesting of brackets and calls is refused, so that hostile queries cannot exhaust the stack.
    static let maximumNesting = 150
    /// So are higher trees, which long chains of operators make.
    static let maximumHeight = 600

    let options: PromQLOptions
    private var lexer: Lexer
    /// The next token, not yet consumed.
    private(set) var token: Token
    /// Where the last consumed token ended.
    private(set) var lastEnd = 0
    /// The construct that an unexpected token is blamed on.
    private var context: Context?
    private var nesting = 0
    /// The height of the expression read last.
    var height = 0

    struct Context {
        let name: String
        let expected: String?
    }

    init(_ text: String, _ options: PromQLOptions) {
        self.options = options
        lexer = Lexer(text)
        token = lexer.next()
    }

    // MARK: Entry points

    mutating func query() throws(ParseError) -> Expr {
        if token.kind == .end { throw ParseError(SourceRange(0, 0), "no expression found in input") }
        let expr = try expression()
        guard token.kind == .end else { throw unexpected() }
        return expr
    }

    mutating func loneSelector() throws(ParseError) -> VectorSelector {
        guard let selector = try vectorSelector(), token.kind == .end else { throw unexpected() }
        return selector
    }

    mutating func metric() throws(ParseError) -> Labels {
        let labels = try series()
        guard token.kind == .end else { throw unexpected() }
        return labels
    }

    // MARK: Tokens

    /// Consumes the token and gives it.
    @discardableResult
    mutating func advance() -> Token {
        let consumed = token
        lastEnd = consumed.range.end
        token = lexer.next()
        return consumed
    }

    /// Consumes the token if it is this symbol.
    mutating func take(_ symbol: Symbol) -> Bool {
        guard token.isSymbol(symbol) else { return false }
        advance()
        return true
    }

    mutating func take(_ keyword: Keyword) -> Bool {
        guard token.isKeyword(keyword) else { return false }
        advance()
        return true
    }

    mutating func expect(_ symbol: Symbol) throws(ParseError) {
        guard take(symbol) else { throw unexpected() }
    }

    /// Whether an opening parenthesis comes behind the token at hand.
    var nextIsParenthesis: Bool {
        var ahead = lexer
        return ahead.next().isSymbol(.leftParen)
    }

    // MARK: Errors

    /// The error for the token at hand: in a named construct, or in the innermost one that is being read.
    func unexpected(in name: String? = nil, expected: String? = nil) -> ParseError {
        if let fault = token.fault { return fault }
        let blamed = name.map { Context(name: $0, expected: expected) } ?? context
        var message = "unexpected \(token.described)"
        if let blamed {
            message += " in \(blamed.name)"
            if let expected = blamed.expected { message += ", expected \(expected)" }
        }
        return ParseError(token.range, message)
    }

    /// Reads a part of a construct that unexpected tokens are blamed on.
    mutating func within<T>(
        _ name: String, expected: String? = nil, _ body: (inout Grammar) throws(ParseError) -> T
    ) throws(ParseError) -> T {
        let outer = context
        context = Context(name: name, expected: expected)
        let result = try body(&self)
        context = outer
        return result
    }

    /// Begins to read something that may contain itself; `leave` ends it. Not a closure, to be sparing with the stack.
    mutating func enter() throws(ParseError) {
        guard nesting < Self.maximumNesting else { throw tooDeep() }
        nesting += 1
    }

    mutating func leave() { nesting -= 1 }

    /// Notes that the expression just read stands on others of at most this height.
    mutating func grow(above highest: Int) throws(ParseError) {
        height = highest + 1
        guard height <= Self.maximumHeight else { throw tooDeep() }
    }

    private func tooDeep() -> ParseError { ParseError(token.range, "expression is nested too deeply") }
}
