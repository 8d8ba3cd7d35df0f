import Model

/// `1.5`, `0x1f`, `Inf`, and also durations: `5m` is 300.
public struct NumberLiteral: Sendable, Equatable {
    public var value: Double
    /// Whether it was written, and is to be printed, as a duration.
    public var isDuration: Bool
    public var range: SourceRange

    public init(_ value: Double, isDuration: Bool = false, range: SourceRange = .none) {
        self.value = value
        self.isDuration = isDuration
        self.range = range
    }

    public static func == (a: NumberLiteral, b: NumberLiteral) -> Bool {
        a.isDuration == b.isDuration && (a.value.bitPattern == b.value.bitPattern || a.value.isNaN && b.value.isNaN)
    }
}

/// Text in quotes. Escapes such as `\xc5` may spell bytes that are not UTF-8.
public struct StringLiteral: Sendable, Equatable {
    public var bytes: [UInt8]
    public var range: SourceRange

    public init(bytes: [UInt8], range: SourceRange = .none) {
        self.bytes = bytes
        self.range = range
    }

    public init(_ text: String) { self.init(bytes: Array(text.utf8)) }

    /// The text; bytes that are not UTF-8 become U+FFFD.
    public var value: String { String(decoding: bytes, as: UTF8.self) }
    /// Whether `value` is exactly what was written.
    public var isValidUTF8: Bool { value.utf8.elementsEqual(bytes) }
}

/// `name{label="value"} offset 5m @ 100`
public struct VectorSelector: Sendable, Equatable {
    /// The metric name if it stood before the braces; it is also the last of the matchers. A quoted name within the braces is only a matcher.
    public var name: String?
    /// All conditions, in the order written. The order has no meaning, so equality ignores it.
    public var matchers: [Matcher]
    public var offset: DurationValue = .zero
    public var at: AtModifier?
    public var boundaries: BoundaryMode?
    public var range: SourceRange

    public init(name: String?, matchers: [Matcher], range: SourceRange = .none) {
        self.name = name
        self.matchers = matchers
        self.range = range
    }

    public static func == (a: VectorSelector, b: VectorSelector) -> Bool {
        a.name == b.name && a.offset == b.offset && a.at == b.at && a.boundaries == b.boundaries
            && a.matchers.map(\.description).sorted() == b.matchers.map(\.description).sorted()
    }
}

/// `selector[5m]`
public struct MatrixSelector: Sendable, Equatable {
    public var selector: VectorSelector
    /// How far back it looks.
    public var window: DurationValue
    public var range: SourceRange

    public init(selector: VectorSelector, window: DurationValue, range: SourceRange = .none) {
        self.selector = selector
        self.window = window
        self.range = range
    }
}

/// `expression[1h:5m]`
public struct Subquery: Sendable, Equatable {
    public var inner: Expr
    public var window: DurationValue
    /// Nil means the engine's default evaluation interval.
    public var step: DurationValue?
    public var offset: DurationValue = .zero
    public var at: AtModifier?
    public var range: SourceRange

    public init(inner: Expr, window: DurationValue, step: DurationValue?, range: SourceRange = .none) {
        self.inner = inner
        self.window = window
        self.step = step
        self.range = range
    }
}

/// `-x`, `+x`
public struct Unary: Sendable, Equatable {
    public var isNegation: Bool
    public var operand: Expr
    public var range: SourceRange

    public init(isNegation: Bool, operand: Expr, range: SourceRange = .none) {
        self.isNegation = isNegation
        self.operand = operand
        self.range = range
    }
}

/// `a + on (job) b`
public struct Binary: Sendable, Equatable {
    public var op: BinaryOperator
    public var left: Expr
    public var right: Expr
    /// Whether a comparison gives 0 and 1 instead of filtering.
    public var returnsBool: Bool
    /// How series find their partners; nil unless both sides are instant vectors.
    public var matching: VectorMatching?
    public var range: SourceRange

    public init(
        _ op: BinaryOperator, _ left: Expr, _ right: Expr, returnsBool: Bool = false, matching: VectorMatching? = nil, range: SourceRange = .none
    ) {
        self.op = op
        self.left = left
        self.right = right
        self.returnsBool = returnsBool
        self.matching = matching
        self.range = range
    }

    public var type: ValueType { left.type == .scalar && right.type == .scalar ? .scalar : .vector }
}

/// `sum by (job) (x)`, `topk(5, x)`
public struct Aggregation: Sendable, Equatable {
    public var op: AggregationOperator
    public var parameter: Expr?
    public var operand: Expr
    /// The label names of `by` or `without`.
    public var grouping: [String]
    public var isWithout: Bool
    public var range: SourceRange

    public init(
        _ op: AggregationOperator, parameter: Expr? = nil, _ operand: Expr, grouping: [String] = [], isWithout: Bool = false,
        range: SourceRange = .none
    ) {
        self.op = op
        self.parameter = parameter
        self.operand = operand
        self.grouping = grouping
        self.isWithout = isWithout
        self.range = range
    }
}

/// `rate(x[5m])`
public struct Call: Sendable, Equatable {
    public var function: PromQLFunction
    public var arguments: [Expr]
    public var range: SourceRange

    public init(_ function: PromQLFunction, _ arguments: [Expr], range: SourceRange = .none) {
        self.function = function
        self.arguments = arguments
        self.range = range
    }
}

/// `(x)`
public struct Paren: Sendable, Equatable {
    public var inner: Expr
    public var range: SourceRange

    public init(_ inner: Expr, range: SourceRange = .none) {
        self.inner = inner
        self.range = range
    }
}
