import Model

extension Grammar {
    /// What may stand between an operator and its right side: `bool`, `on` or `ignoring`, `group_left` or `group_right`, fills.
    mutating func binaryModifiers() throws(ParseError) -> (returnsBool: Bool, matching: VectorMatching) {
        let returnsBool = take(.bool)
        var matching = VectorMatching()
        if token.isKeyword(.on) || token.isKeyword(.ignoring) {
            matching.isOn = token.isKeyword(.on)
            advance()
            matching.labels = try groupingLabels()
            if token.isKeyword(.groupLeft) || token.isKeyword(.groupRight) {
                matching.cardinality = token.isKeyword(.groupLeft) ? .manyToOne : .oneToMany
                advance()
                if token.isSymbol(.leftParen) || !beginsExpression { matching.include = try groupingLabels() }
            }
        }
        try fills(&matching)
        return (returnsBool, matching)
    }

    /// The names in the parentheses behind `by`, `without`, `on`, `ignoring`, `group_left` and `group_right`.
    mutating func groupingLabels() throws(ParseError) -> [String] {
        guard take(.leftParen) else { throw unexpected(in: "grouping opts", expected: "\"(\"") }
        var labels: [String] = []
        while !take(.rightParen) {
            labels.append(try groupingLabel())
            if take(.rightParen) { break }
            guard take(.comma) else { throw unexpected(in: "grouping opts", expected: "\",\" or \")\"") }
        }
        return labels
    }

    private mutating func groupingLabel() throws(ParseError) -> String {
        let label: String
        switch token.kind {
        case .identifier, .metricIdentifier, .keyword: label = token.text
        case .string:
            let literal = StringLiteral(bytes: unquote(token.text))
            guard literal.isValidUTF8, LabelNames.isValid(literal.value) else {
                throw ParseError(token.range, "invalid label name for grouping: \(literal)")
            }
            label = literal.value
        default: throw unexpected(in: "grouping opts", expected: "label")
        }
        advance()
        return label
    }

    // MARK: Fills

    private mutating func fills(_ matching: inout VectorMatching) throws(ParseError) {
        if try fill(.fill) {
            let value = try fillValue()
            matching.fillLeft = value
            matching.fillRight = value
            return
        }
        // Either side first, each at most once.
        if try fill(.fillLeft) { matching.fillLeft = try fillValue() }
        if try fill(.fillRight) { matching.fillRight = try fillValue() }
        if matching.fillLeft == nil, try fill(.fillLeft) { matching.fillLeft = try fillValue() }
    }

    /// Consumes the keyword if a parenthesis follows it; otherwise it is a metric's name.
    private mutating func fill(_ keyword: Keyword) throws(ParseError) -> Bool {
        guard token.isKeyword(keyword), nextIsParenthesis else { return false }
        guard options.fillModifiers else {
            throw ParseError(
                token.range, "binop fill modifiers are experimental and not enabled, they need --enable-feature=promql-binop-fill-modifiers")
        }
        advance()
        return true
    }

    private mutating func fillValue() throws(ParseError) -> Double {
        try within("fill modifier", expected: "number") { (grammar: inout Grammar) throws(ParseError) -> Double in
            try grammar.expect(.leftParen)
            let value = try grammar.signedNumber()
            try grammar.expect(.rightParen)
            return value
        }
    }
}
