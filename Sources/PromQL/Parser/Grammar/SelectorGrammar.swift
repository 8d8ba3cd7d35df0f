import Model

extension Grammar {
    /// `name`, `name{…}` or `{…}`; nil if the token begins none.
    mutating func vectorSelector() throws(ParseError) -> VectorSelector? {
        if isWord { return try selector(named: advance()) }
        guard token.isSymbol(.leftBrace) else { return nil }
        let start = token.range.start
        let matchers = try labelMatchers()
        return VectorSelector(name: nil, matchers: matchers, range: SourceRange(start, lastEnd))
    }

    /// The selector whose name has just been consumed.
    mutating func selector(named name: Token) throws(ParseError) -> VectorSelector {
        let matchers = token.isSymbol(.leftBrace) ? try labelMatchers() : []
        return VectorSelector(
            name: name.text, matchers: matchers + [Matcher(name: Labels.metricName, equals: name.text)],
            range: SourceRange(name.range.start, lastEnd))
    }

    private mutating func labelMatchers() throws(ParseError) -> [Matcher] {
        try expect(.leftBrace)
        var matchers: [Matcher] = []
        while !take(.rightBrace) {
            matchers.append(try labelMatcher())
            if take(.rightBrace) { break }
            guard take(.comma) else { throw unexpected(in: "label matching", expected: "\",\" or \"}\"") }
        }
        return matchers
    }

    private mutating func labelMatcher() throws(ParseError) -> Matcher {
        let label = token
        guard label.kind == .identifier || label.kind == .string else { throw unexpected(in: "label matching", expected: "identifier or \"}\"") }
        advance()
        let name = label.kind == .string ? Self.text(label) : label.text
        guard let kind = matchKind else {
            guard label.kind == .string else { throw unexpected(in: "label matching", expected: "label matching operator") }
            return Matcher(name: Labels.metricName, equals: name)
        }
        advance()
        guard token.kind == .string else { throw unexpected(in: "label matching", expected: "string") }
        let value = advance()
        do {
            return try Matcher(kind, name, Self.text(value))
        } catch {
            throw ParseError(SourceRange(label.range.start, value.range.end), "\(error)")
        }
    }

    private var matchKind: Matcher.Kind? {
        switch token.kind {
        case .symbol(.assign): .equal
        case .symbol(.notEqual): .notEqual
        case .symbol(.matches): .matches
        case .symbol(.matchesNot): .matchesNot
        default: nil
        }
    }

    private static func text(_ literal: Token) -> String { String(decoding: unquote(literal.text), as: UTF8.self) }

    // MARK: One series

    /// `name{label="value"}` as a set of labels.
    mutating func series() throws(ParseError) -> Labels {
        let name = isWord ? advance().text : nil
        var builder = LabelsBuilder()
        if take(.leftBrace) {
            while !take(.rightBrace) {
                let (label, value) = try seriesLabel()
                builder.set(label, value)
                if take(.rightBrace) { break }
                guard take(.comma) else { throw unexpected(in: "label set", expected: "\",\" or \"}\"") }
            }
        }
        if let name { builder.set(Labels.metricName, name) }
        return builder.labels()
    }

    private mutating func seriesLabel() throws(ParseError) -> (name: String, value: String) {
        let label = token
        guard label.kind == .identifier || label.kind == .string else { throw unexpected(in: "label set", expected: "identifier or \"}\"") }
        advance()
        let name = label.kind == .string ? Self.text(label) : label.text
        guard token.isSymbol(.assign) else {
            guard label.kind == .string else { throw unexpected(in: "label set", expected: "\"=\"") }
            return (Labels.metricName, name)
        }
        advance()
        guard token.kind == .string else { throw unexpected(in: "label set", expected: "string") }
        return (name, Self.text(advance()))
    }
}
