import Model

extension Grammar {
    /// A range or a step: an expression that, as far as can be told now, is above zero.
    mutating func positiveDuration() throws(ParseError) -> DurationValue {
        let expr = try durationExpression()
        if case .number(let literal) = expr, literal.value <= 0 { throw ParseError(literal.range, "duration must be greater than 0") }
        return Self.value(expr)
    }

    /// Only one operand, possibly signed: operators behind it belong to the selector. `offset -2 ^ 2` squares the shifted selector.
    mutating func offsetDuration() throws(ParseError) -> DurationValue {
        guard token.isSymbol(.add) || token.isSymbol(.subtract) else { return Self.value(try durationOperand()) }
        let sign = try advance()
        return Self.value(signed(sign, try durationOperand()))
    }

    private static func value(_ expr: DurationExpr) -> DurationValue {
        guard case .number(let literal) = expr else { return .expression(expr) }
        return .fixed(PromQLDuration.milliseconds(literal.value))
    }

    private mutating func durationExpression(_ minimum: Int = 1) throws(ParseError) -> DurationExpr {
        try nested { (grammar: inout Grammar) throws(ParseError) in try grammar.durationChain(minimum) }
    }

    private mutating func durationChain(_ minimum: Int) throws(ParseError) -> DurationExpr {
        var left = try signedDuration()
        var links = 0
        while let op = durationOperator, op.precedence >= minimum {
            let place = try advance().range
            links += 1
            try grow(above: links)
            try requireExpressions(left.sourceRange)
            let right = try durationExpression(op.isRightAssociative ? op.precedence : op.precedence + 1)
            if case .number(let literal) = right, literal.value == 0 {
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
        guard token.isSymbol(.add) || token.isSymbol(.subtract) else { return try durationOperand() }
        let sign = try advance()
        let inner = try durationExpression(BinaryOperator.power.precedence)
        return signed(sign, inner)
    }

    private func signed(_ sign: Token, _ inner: DurationExpr) -> DurationExpr {
        let isNegation = sign.isSymbol(.subtract)
        let range = SourceRange(sign.range.start, inner.sourceRange.end)
        guard case .number(var literal) = inner else { return isNegation ? .unary(isNegation: true, inner, range) : inner }
        if isNegation { literal.value = -literal.value }
        literal.range = range
        return .number(literal)
    }

    private mutating func durationOperand() throws(ParseError) -> DurationExpr {
        switch token.kind {
        case .number, .duration: return .number(try durationLiteral())
        case .keyword(.step): return .step(try emptyCall())
        case .keyword(.range): return .range(try emptyCall())
        case .identifier: return try extremum()
        case .symbol(.leftParen): return try durationInParentheses()
        default: throw unexpected()
        }
    }

    private mutating func durationLiteral() throws(ParseError) -> NumberLiteral {
        let literal = try numberLiteral()
        guard abs(literal.value) <= PromQLDuration.maximumSeconds else { throw ParseError(literal.range, "duration out of range") }
        return literal
    }

    /// `step()`, `range()`
    private mutating func emptyCall() throws(ParseError) -> SourceRange {
        let name = try advance()
        try requireExpressions(name.range)
        try expect(.leftParen)
        try expect(.rightParen)
        return SourceRange(name.range.start, lastEnd)
    }

    /// `min_of(a, b)`, `max_of(a, b)`
    private mutating func extremum() throws(ParseError) -> DurationExpr {
        let isMinimum = token.text.lowercased() == "min_of"
        guard isMinimum || token.text.lowercased() == "max_of" else { throw unexpected() }
        let name = try advance()
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
        let open = try advance()
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
