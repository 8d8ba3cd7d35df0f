import Model

/// A word with a meaning of its own, in any letter case. Most may still name a metric or a label where no operator can stand.
enum Keyword: String, CaseIterable {
    case and, or, unless, atan2
    case sum, avg, count, min, max, group, stddev, stdvar, topk, bottomk, quantile, limitk
    case countValues = "count_values"
    case limitRatio = "limit_ratio"
    case offset, smoothed, anchored, by, without, on, ignoring, bool, fill
    case groupLeft = "group_left"
    case groupRight = "group_right"
    case fillLeft = "fill_left"
    case fillRight = "fill_right"
    case start, end, step, range

    private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })

    init?(word: String) {
        guard let found = Self.byName[word] ?? Self.byName[word.lowercased()] else { return nil }
        self = found
    }

    var aggregation: AggregationOperator? { AggregationOperator(rawValue: rawValue) }

    var binaryOperator: BinaryOperator? {
        switch self {
        case .and: .and
        case .or: .or
        case .unless: .unless
        case .atan2: .atan2
        default: nil
        }
    }

    /// Whether the word may name a metric without quotes.
    var canNameMetric: Bool {
        switch self {
        case .atan2, .bool, .on, .ignoring, .groupLeft, .groupRight: false
        default: true
        }
    }
}

/// Punctuation and the operators written with it.
enum Symbol: String {
    case leftParen = "("
    case rightParen = ")"
    case leftBrace = "{"
    case rightBrace = "}"
    case leftBracket = "["
    case rightBracket = "]"
    case comma = ","
    case colon = ":"
    case assign = "="
    case matches = "=~"
    case matchesNot = "!~"
    case at = "@"
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case modulo = "%"
    case power = "^"
    case equal = "=="
    case notEqual = "!="
    case greater = ">"
    case less = "<"
    case greaterOrEqual = ">="
    case lessOrEqual = "<="
    case trimUpper = "</"
    case trimLower = ">/"

    var isOperator: Bool {
        switch self {
        case .leftParen, .rightParen, .leftBrace, .rightBrace, .leftBracket, .rightBracket, .comma, .colon, .assign: false
        default: true
        }
    }
}

struct Token {
    enum Kind: Equatable {
        case identifier
        /// An identifier with a colon in it.
        case metricIdentifier
        case keyword(Keyword)
        case symbol(Symbol)
        case number
        case duration
        case string
        case end
        /// Text that is no token; `text` says why.
        case fault
    }

    let kind: Kind
    let range: SourceRange
    /// The bytes as written.
    let text: String

    var fault: ParseError? { kind == .fault ? ParseError(range, text) : nil }
    func isSymbol(_ symbol: Symbol) -> Bool { kind == .symbol(symbol) }
    func isKeyword(_ keyword: Keyword) -> Bool { kind == .keyword(keyword) }

    /// How error messages speak of the token.
    var described: String {
        switch kind {
        case .identifier: "identifier \(quoted(text))"
        case .metricIdentifier: "metric identifier \(quoted(text))"
        case .number: "number \(shortened)"
        case .duration: "duration \(shortened)"
        case .string: "string \(shortened)"
        case .end: "end of input"
        case .fault: text
        case .symbol(let symbol): symbol.isOperator ? "<op:\(text)>" : quoted(text)
        case .keyword(let keyword): describe(keyword)
        }
    }

    private func describe(_ keyword: Keyword) -> String {
        if keyword.binaryOperator != nil { return "<op:\(text)>" }
        if keyword.aggregation != nil { return "<aggr:\(text)>" }
        switch keyword {
        case .start, .end, .step, .range: return quoted(text)
        default: return "<\(text)>"
        }
    }

    private var shortened: String {
        text.unicodeScalars.count > 10 && text.utf8.count > 10
            ? quoted(String(String.UnicodeScalarView(text.unicodeScalars.prefix(10)))) + "..." : quoted(text)
    }
}
