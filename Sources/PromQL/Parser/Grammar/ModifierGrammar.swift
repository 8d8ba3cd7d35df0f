import Model

extension Grammar {
    /// The expression with what follows it: `[…]`, `offset …`, `@ …`, `anchored`, `smoothed`, in any order the language allows.
    mutating func modified(_ expr: Expr) throws(ParseError) -> Expr {
        var expr = expr
        while true {
            switch token.kind {
            case .symbol(.leftBracket): expr = try ranged(expr)
            case .symbol(.at): expr = try fixed(expr)
            case .keyword(.offset): expr = try shifted(expr)
            case .keyword(.anchored): expr = try bounded(expr, .anchored)
            case .keyword(.smoothed): expr = try bounded(expr, .smoothed)
            default: return expr
            }
        }
    }

    // MARK: Ranges

    private mutating func ranged(_ inner: Expr) throws(ParseError) -> Expr {
        let open = advance()
        let window = try within("subquery or range selector", expected: Self.anyDuration) {
            (grammar: inout Grammar) throws(ParseError) in try grammar.positiveDuration()
        }
        if take(.rightBracket) { return .matrix(try matrix(inner, window, open)) }
        guard take(.colon) else { throw unexpected(in: "subquery or range", expected: "\":\" or \"]\"") }
        var step: DurationValue?
        if !token.isSymbol(.rightBracket) {
            step = try within("subquery selector", expected: "number, duration, step(), range(), or \"]\"") {
                (grammar: inout Grammar) throws(ParseError) in try grammar.positiveDuration()
            }
        }
        guard take(.rightBracket) else { throw unexpected(in: "subquery selector", expected: "\"]\"") }
        try grow(above: height)
        return .subquery(Subquery(inner: inner, window: window, step: step, range: SourceRange(inner.range.start, lastEnd)))
    }

    private func matrix(_ inner: Expr, _ window: DurationValue, _ open: Token) throws(ParseError) -> MatrixSelector {
        let brackets = SourceRange(open.range.start, lastEnd)
        guard case .selector(let selector) = inner else { throw ParseError(brackets, "ranges only allowed for vector selectors") }
        if selector.offset != .zero { throw ParseError(brackets, "no offset modifiers allowed before range") }
        // As Prometheus does: `@ start()` and `@ end()` may stand before the range as well.
        if case .timestamp = selector.at { throw ParseError(brackets, "no @ modifiers allowed before range") }
        return MatrixSelector(selector: selector, window: window, range: SourceRange(inner.range.start, lastEnd))
    }

    static var anyDuration: String { "number, duration, step(), or range()" }

    // MARK: Offset

    private mutating func shifted(_ expr: Expr) throws(ParseError) -> Expr {
        advance()
        let offset = try within("offset", expected: Self.anyDuration) {
            (grammar: inout Grammar) throws(ParseError) in try grammar.offsetDuration()
        }
        return try placed(expr, "offset") { (node: inout Placement) throws(ParseError) in
            try refuse(node.offset != .zero, node.range, "offset may not be set multiple times")
            node.offset = offset
        }
    }

    // MARK: @

    private mutating func fixed(_ expr: Expr) throws(ParseError) -> Expr {
        advance()
        let at = try within("@", expected: "timestamp") {
            (grammar: inout Grammar) throws(ParseError) in try grammar.atModifier(expr.range)
        }
        return try placed(expr, "@") { (node: inout Placement) throws(ParseError) in
            try refuse(node.at != nil, node.range, "@ <timestamp> may not be set multiple times")
            node.at = at
        }
    }

    private mutating func atModifier(_ target: SourceRange) throws(ParseError) -> AtModifier {
        if token.isKeyword(.start) || token.isKeyword(.end) {
            let isStart = token.isKeyword(.start)
            advance()
            try expect(.leftParen)
            try expect(.rightParen)
            return isStart ? .start : .end
        }
        let seconds = try signedNumber()
        let milliseconds = (seconds * 1000).rounded(.toNearestOrAwayFromZero)
        guard abs(milliseconds) < 0x1p63 else {
            let shown = Int128(exactly: seconds).map { "\($0).000000" } ?? FloatFormat.plain(seconds)
            throw ParseError(target, "timestamp out of bounds for @ modifier: \(shown)")
        }
        return .timestamp(Int64(milliseconds))
    }

    // MARK: What offset and @ have in common

    /// Where in time something is looked at.
    private struct Placement {
        var offset: DurationValue
        var at: AtModifier?
        /// In the text, without the modifier that is being read.
        let range: SourceRange
    }

    /// The expression with another placement, if it is one of those that have any. Its text now ends behind the modifier.
    private func placed(
        _ expr: Expr, _ modifier: String, _ change: (inout Placement) throws(ParseError) -> Void
    ) throws(ParseError) -> Expr {
        func changed(_ offset: inout DurationValue, _ at: inout AtModifier?, _ range: inout SourceRange) throws(ParseError) {
            var placement = Placement(offset: offset, at: at, range: range)
            try change(&placement)
            (offset, at, range) = (placement.offset, placement.at, SourceRange(range.start, lastEnd))
        }
        switch expr {
        case .selector(var node):
            try changed(&node.offset, &node.at, &node.range)
            return .selector(node)
        case .matrix(var node):
            try changed(&node.selector.offset, &node.selector.at, &node.range)
            return .matrix(node)
        case .subquery(var node):
            try changed(&node.offset, &node.at, &node.range)
            return .subquery(node)
        default:
            throw ParseError(expr.range, "\(modifier) modifier must be preceded by an instant vector selector or range vector selector or a subquery")
        }
    }

    // MARK: Boundaries

    private mutating func bounded(_ expr: Expr, _ mode: BoundaryMode) throws(ParseError) -> Expr {
        guard options.extendedRangeSelectors else {
            throw ParseError(
                expr.range,
                "\(mode.rawValue) modifier is experimental and not enabled, it needs --enable-feature=promql-extended-range-selectors")
        }
        advance()
        let both = "anchored and smoothed modifiers cannot be used together"
        switch expr {
        case .selector(var node):
            try refuse(node.boundaries != nil && node.boundaries != mode, node.range, both)
            node.boundaries = mode
            return .selector(node)
        case .matrix(var node):
            try refuse(node.selector.boundaries != nil && node.selector.boundaries != mode, node.range, both)
            node.selector.boundaries = mode
            return .matrix(node)
        case .subquery: throw ParseError(expr.range, "\(mode.rawValue) modifier is not supported for subqueries")
        default: throw ParseError(expr.range, "\(mode.rawValue) modifier not implemented")
        }
    }

    private func refuse(_ isWrong: Bool, _ range: SourceRange, _ message: String) throws(ParseError) {
        if isWrong { throw ParseError(range, message) }
    }
}
