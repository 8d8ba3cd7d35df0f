import Model

extension VectorSelector: CustomStringConvertible {
    public var description: String { bare + modifiers }

    /// Name and matchers without the modifiers.
    fileprivate var bare: String {
        let shown = name == nil ? matchers[...] : matchers.dropLast()
        guard !shown.isEmpty || name == nil else { return name ?? "" }
        return (name ?? "") + "{" + shown.map(\.description).sorted(by: precedes).joined(separator: ",") + "}"
    }

    fileprivate var modifiers: String {
        (boundaries.map { " \($0.rawValue)" } ?? "") + (at?.description ?? "") + offset.asOffset
    }
}

extension MatrixSelector: CustomStringConvertible {
    public var description: String { "\(selector.bare)[\(window)]\(selector.modifiers)" }
}

extension Subquery: CustomStringConvertible {
    public var description: String {
        "\(inner)[\(window):\(step?.description ?? "")]\(at?.description ?? "")\(offset.asOffset)"
    }
}

extension AtModifier: CustomStringConvertible {
    public var description: String {
        switch self {
        case .timestamp(let milliseconds):
            let size = milliseconds.magnitude
            let fraction = String(size % 1000)
            let zeros = String(repeating: "0", count: 3 - fraction.count)
            return " @ \(milliseconds < 0 ? "-" : "")\(size / 1000).\(zeros)\(fraction)"
        case .start: return " @ start()"
        case .end: return " @ end()"
        }
    }
}

extension VectorMatching: CustomStringConvertible {
    public var description: String {
        let isGrouped = cardinality == .manyToOne || cardinality == .oneToMany
        var out = ""
        if isOn || !labels.isEmpty || isGrouped { out += " \(isOn ? "on" : "ignoring") \(labelList(labels))" }
        if isGrouped { out += " group_\(cardinality == .manyToOne ? "left" : "right") \(labelList(include))" }
        if let left = fillLeft, let right = fillRight, left.bitPattern == right.bitPattern {
            return out + " fill (\(FloatFormat.plain(left)))"
        }
        if let fillLeft { out += " fill_left (\(FloatFormat.plain(fillLeft)))" }
        if let fillRight { out += " fill_right (\(FloatFormat.plain(fillRight)))" }
        return out
    }
}

extension DurationValue: CustomStringConvertible {
    public var description: String {
        switch self {
        case .fixed(let milliseconds): PromDuration.format(milliseconds)
        case .expression(let expression): expression.description
        }
    }

    fileprivate var asOffset: String { self == .zero ? "" : " offset \(self)" }
}

extension DurationExpr: CustomStringConvertible {
    public var description: String {
        switch self {
        case .number(let literal): literal.description
        case .step: "step()"
        case .range: "range()"
        case .unary(let isNegation, let inner, _): (isNegation ? "-" : "+") + inner.description
        case .binary(let op, let left, let right): "\(left) \(op.rawValue) \(right)"
        case .minOf(let left, let right, _): "min_of(\(left), \(right))"
        case .maxOf(let left, let right, _): "max_of(\(left), \(right))"
        case .paren(let inner, _): "(\(inner))"
        }
    }
}
