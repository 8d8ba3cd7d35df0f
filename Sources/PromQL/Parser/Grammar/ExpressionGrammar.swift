import Model

extension Grammar {
    /// An expression whose binary operators all bind at least as tightly as `minimum`.
    mutating func expression(_ minimum: Int = 1) throws(ParseError) -> Expr {
        try enter()
        let expr = try operatorChain(minimum)
        leave()
        return expr
    }

    private mutating func operatorChain(_ minimum: Int) throws(ParseError) -> Expr {
        var left = try operand()
        while let op = binaryOperator, op.precedence >= minimum {
            let leftHeight = height
            advance()
            let (returnsBool, written) = try binaryModifiers()
            let right = try expression(op.isRightAssociative ? op.precedence : op.precedence + 1)
            try grow(above: max(leftHeight, height))
            let matching = Self.matching(op, left, right, written)
            left = .binary(
                Binary(op, left, right, returnsBool: returnsBool, matching: matching, range: SourceRange(left.range.start, right.range.end)))
        }
        return left
    }

    /// Only instant vectors are matched; what was written between other operands is kept if the type check must complain of it.
    private static func matching(_ op: BinaryOperator, _ left: Expr, _ right: Expr, _ written: VectorMatching) -> VectorMatching? {
        guard left.type == .vector, right.type == .vector else {
            return written.labels.isEmpty && written.fillLeft == nil && written.fillRight == nil ? nil : written
        }
        var matching = written
        if op.isSet, written.cardinality == .oneToOne { matching.cardinality = .manyToMany }
        return matching
    }

    private var binaryOperator: BinaryOperator? {
        switch token.kind {
        case .keyword(let keyword): keyword.binaryOperator
        // Symbols are spelled as their operators; those that are none have no operator of that spelling.
        case .symbol(let symbol): BinaryOperator(rawValue: symbol.rawValue)
        default: nil
        }
    }

    /// Signs bind as tightly as `*`: `-a ^ b` is `-(a ^ b)`, `-a * b` is `(-a) * b`.
    private mutating func operand() throws(ParseError) -> Expr {
        guard token.isSymbol(.add) || token.isSymbol(.subtract) else { return try modified(try primary()) }
        let sign = advance()
        let inner = try expression(BinaryOperator.power.precedence)
        let isNegation = sign.isSymbol(.subtract)
        if case .number(var literal) = inner {
            if isNegation { literal.value = -literal.value }
            literal.range = SourceRange(sign.range.start, literal.range.end)
            return .number(literal)
        }
        try grow(above: height)
        return .unary(Unary(isNegation: isNegation, operand: inner, range: SourceRange(sign.range.start, inner.range.end)))
    }

    private mutating func primary() throws(ParseError) -> Expr {
        height = 1
        switch token.kind {
        case .number, .duration: return .number(try numberLiteral())
        case .string:
            let literal = advance()
            return .string(StringLiteral(bytes: unquote(literal.text), range: literal.range))
        case .symbol(.leftParen): return try parenthesized()
        default: break
        }
        if let word = try callableWord() { return word }
        guard let selector = try vectorSelector() else { throw unexpected() }
        return .selector(selector)
    }

    private mutating func parenthesized() throws(ParseError) -> Expr {
        let open = advance()
        let inner = try expression()
        try expect(.rightParen)
        try grow(above: height)
        return .paren(Paren(inner, range: SourceRange(open.range.start, lastEnd)))
    }

    // MARK: Words followed by arguments

    /// A call or an aggregation; a word that is neither is a metric name.
    private mutating func callableWord() throws(ParseError) -> Expr? {
        guard isWord, token.kind != .metricIdentifier else { return nil }
        if case .keyword(let keyword) = token.kind {
            if let op = keyword.aggregation { return try aggregationOrSelector(op) }
            guard keyword == .start || keyword == .end || keyword == .step || keyword == .range else { return nil }
        }
        let name = advance()
        guard token.isSymbol(.leftParen) else { return .selector(try selector(named: name)) }
        return try call(name)
    }

    /// Whether the token may begin a metric or function name.
    var isWord: Bool {
        switch token.kind {
        case .identifier, .metricIdentifier: true
        case .keyword(let keyword): keyword.canNameMetric
        default: false
        }
    }

    private mutating func call(_ name: Token) throws(ParseError) -> Expr {
        let spelling = name.kind == .identifier ? name.text : name.text.lowercased()
        let arguments = try arguments()
        guard let function = PromQLFunction(rawValue: spelling) else {
            throw ParseError(name.range, "unknown function with name \(quoted(name.text))")
        }
        guard options.experimentalFunctions || !function.isExperimental else {
            throw ParseError(name.range, "function \(quoted(name.text)) is not enabled, it needs --enable-feature=promql-experimental-functions")
        }
        return .call(Call(function, arguments, range: SourceRange(name.range.start, lastEnd)))
    }

    private mutating func arguments() throws(ParseError) -> [Expr] {
        try expect(.leftParen)
        var list: [Expr] = []
        var highest = 0
        if !token.isSymbol(.rightParen) {
            while true {
                list.append(try expression())
                highest = max(highest, height)
                let comma = token.range
                guard take(.comma) else { break }
                guard beginsExpression else { throw trailing(comma) }
            }
        }
        try expect(.rightParen)
        try grow(above: highest)
        return list
    }

    private func trailing(_ comma: SourceRange) -> ParseError {
        if let fault = token.fault { return fault }
        return ParseError(comma, "trailing commas not allowed in function call args")
    }

    /// Whether the token may be the first of an expression.
    var beginsExpression: Bool {
        switch token.kind {
        case .number, .duration, .string, .symbol(.leftParen), .symbol(.leftBrace), .symbol(.add), .symbol(.subtract): true
        default: isWord
        }
    }

    // MARK: Aggregations

    private mutating func aggregationOrSelector(_ op: AggregationOperator) throws(ParseError) -> Expr {
        let name = advance()
        switch token.kind {
        case .symbol(.leftParen), .keyword(.by), .keyword(.without): break
        default: return .selector(try selector(named: name))
        }
        return try within("aggregation") { (grammar: inout Grammar) throws(ParseError) -> Expr in try grammar.aggregation(op, name) }
    }

    private mutating func aggregation(_ op: AggregationOperator, _ name: Token) throws(ParseError) -> Expr {
        var modifier = try aggregationModifier()
        let operands = try arguments()
        let argumentsEnd = lastEnd
        if modifier == nil {
            if let fault = token.fault { throw fault }
            modifier = try aggregationModifier()
        }
        let range = SourceRange(name.range.start, max(argumentsEnd, lastEnd))
        guard let last = operands.last else { throw ParseError(range, "no arguments for aggregate expression provided") }
        if op.isExperimental, !options.experimentalFunctions {
            throw ParseError(
                range, "\(op.rawValue)() is experimental and must be enabled with --enable-feature=promql-experimental-functions")
        }
        let wanted = op.parameter == nil ? 1 : 2
        guard operands.count == wanted else {
            throw ParseError(
                range, "wrong number of arguments for aggregate expression provided, expected \(wanted), got \(operands.count)")
        }
        return .aggregation(
            Aggregation(
                op, parameter: wanted == 2 ? operands[0] : nil, last, grouping: modifier?.labels ?? [], isWithout: modifier?.isWithout ?? false,
                range: range))
    }

    private mutating func aggregationModifier() throws(ParseError) -> (labels: [String], isWithout: Bool)? {
        let isWithout = token.isKeyword(.without)
        guard isWithout || token.isKeyword(.by) else { return nil }
        advance()
        return (try groupingLabels(), isWithout)
    }
}
