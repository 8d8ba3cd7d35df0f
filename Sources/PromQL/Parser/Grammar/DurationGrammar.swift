import Model

extension Grammar {
    /// A range or a step: an expression that, as far as can be told now, is above zero.
    mutating func positiveDuration() throws(ParseError) -> DurationValue {
        let expr = try durationExpression()
        if case .number(let literal) = expr, literal.value <= 0, token.fault == nil {
            throw ParseError(literal.range, "duration must be greater than 0")
        }
        return Self.value(expr)
    }

    /// A literal, a call or something in parentheses behind a sign ends the offset: `x offset -2 ^ 2` squares the shifted selector. Behind an
    /// opening parenthesis or two signs a whole expression is read, as Prometheus does: `x offset (1m) * 2` looks back two minutes.
    mutating func offsetDuration() throws(ParseError) -> DurationValue {
        if token.isSymbol(.leftParen) { return try offsetExpression(try durationOperand()) }
        guard isSign else { return Self.value(try durationOperand()) }
        let sign = advance()
        guard isSign else { return Self.value(signed(sign, try durationOperand(behind: sign))) }
        return try offsetExpression(signed(sign, try durationExpression(BinaryOperator.power.precedence)))
    }

    /// What `first` begins, in parentheses if it must be printed with them to be read again.
    private mutating func offsetExpression(_ first: DurationExpr) throws(ParseError) -> DurationValue {
        let expr = try durationChain(first)
        switch expr {
        case .binary, .unary(_, .binary, _), .unary(_, .unary, _): return .expression(.paren(expr, expr.sourceRange))
        default: return Self.value(expr)
        }
    }

    private var isSign: Bool { token.isSymbol(.add) || token.isSymbol(.subtract) }

    private static func value(_ expr: DurationExpr) -> DurationValue {
        guard case .number(let literal) = expr else { return .expression(expr) }
        return .fixed(PromQLDuration.milliseconds(literal.value))
    }

    private mutating func durationExpression(_ minimum: Int = 1) throws(ParseError) -> DurationExpr {
        try enter()
        let expr = try durationChain(try signedDuration(), minimum)
        leave()
        return expr
    }

    private mutating func durationChain(_ first: DurationExpr, _ minimum: Int = 1) throws(ParseError) -> DurationExpr {
        var left = first
        var links = 0
        while let op = durationOperator, op.precedence >= minimum {
            let place = advance().range
            links += 1
            try grow(above: links)
            try requireExpressions(left.sourceRange)
            let right = try durationExpression(op.isRightAssociative ? op.precedence : op.precedence + 1)
            if case .number(let literal) = right, literal.value == 0, token.fault == nil {
                if op == .divide { throw ParseError(place, "division by zero") }
                if op == .modulo { throw ParseError(place, "modulo by zero") }
            }
            left = .binary(op, left, right)
        }
        return left
    }

    private var durationOperator: BinaryOperator? {
        switch token.kind {
        case .symbol(.add): .add
        case .symbol(.subtract): .subtract
        case .symbol(.multiply): .multiply
        case .symbol(.divide): .divide
        case .symbol(.modulo): .modulo
        case .symbol(.power): .power
        default: nil
        }
    }

    private mutating func signedDuration() throws(ParseError) -> DurationExpr {
        guard isSign else { return try durationOperand() }
        let sign = advance()
        return signed(sign, try durationExpression(BinaryOperator.power.precedence))
    }

    private func signed(_ sign: Token, _ inner: DurationExpr) -> DurationExpr {
        let isNegation = sign.isSymbol(.subtract)
        let range = SourceRange(sign.range.start, inner.sourceRange.end)
        guard case .number(var literal) = inner else { return isNegation ? .unary(isNegation: true, inner, range) : inner }
        if isNegation { literal.value = -literal.value }
        literal.range = range
        return .number(literal)
    }

    /// A literal that is too long is blamed on the sign before it.
    private mutating func durationOperand(behind sign: Token? = nil) throws(ParseError) -> DurationExpr {
        switch token.kind {
        case .number, .duration: return .number(try durationLiteral(behind: sign))
        case .keyword(.step): return .step(try emptyCall())
        case .keyword(.range): return .range(try emptyCall())
        case .identifier: return try extremum()
        case .symbol(.leftParen): return try durationInParentheses()
        default: throw unexpected()
        }
    }

    private mutating func durationLiteral(behind sign: Token?) throws(ParseError) -> NumberLiteral {
        let literal = try numberLiteral()
        guard PromQLDuration.fits(literal.value) else { throw ParseError(sign?.range ?? literal.range, "duration out of range") }
        return literal
    }

    /// `step()`, `range()`
    private mutating func emptyCall() throws(ParseError) -> SourceRange {
        let name = advance()
        try requireExpressions(name.range)
        try expect(.leftParen)
        try expect(.rightParen)
        return SourceRange(name.range.start, lastEnd)
    }

    /// `min_of(a, b)`, `max_of(a, b)`
    private mutating func extremum() throws(ParseError) -> DurationExpr {
        let isMinimum = token.text.lowercased() == "min_of"
        guard isMinimum || token.text.lowercased() == "max_of" else { throw unexpected() }
        let name = advance()
        try requireExpressions(name.range)
        try expect(.leftParen)
        let left = try durationExpression()
        try expect(.comma)
        let right = try durationExpression()
        try expect(.rightParen)
        let range = SourceRange(name.range.start, lastEnd)
        return isMinimum ? .minOf(left, right, range) : .maxOf(left, right, range)
    }

    /// Parentheses around a number, and doubled ones, say nothing and are dropped.
    private mutating func durationInParentheses() throws(ParseError) -> DurationExpr {
        let open = advance()
        let inner = try durationExpression()
        try expect(.rightParen)
        try requireExpressions(inner.sourceRange)
        switch inner {
        case .number, .paren: return inner
        default: return .paren(inner, SourceRange(open.range.start, lastEnd))
        }
    }

    private func requireExpressions(_ range: SourceRange) throws(ParseError) {
        if !options.durationExpressions { throw ParseError(range, "experimental duration expression is not enabled") }
    }
}
