import Model
import PromQL
import TestKit

extension ExpressionMaker {
    mutating func selector() -> VectorSelector {
        guard chance(2, in: 3) else { return VectorSelector(name: nil, matchers: matchers() + [selective()]) }
        let name = metricName()
        return VectorSelector(name: name, matchers: matchers() + [Matcher(name: Labels.metricName, equals: name)])
    }

    /// A selector with some of its modifiers.
    mutating func placedSelector() -> VectorSelector {
        var selector = selector()
        selector.offset = offset()
        selector.at = at()
        if chance(1, in: 5) { selector.boundaries = chance(1, in: 2) ? .anchored : .smoothed }
        return selector
    }

    mutating func matchers() -> [Matcher] {
        (0..<random.below(3)).compactMap { _ in
            let kind = one(of: [Matcher.Kind.equal, .notEqual, .matches, .matchesNot])
            let isRegex = kind == .matches || kind == .matchesNot
            return try? Matcher(kind, labelName(), isRegex ? one(of: ["", ".+", "a|b", "[0-9]{2}", "(?i)mail", "é\\d*", "x\"y"]) : text())
        }
    }

    /// A condition that does not hold for series without the label.
    private mutating func selective() -> Matcher {
        chance(1, in: 2) ? Matcher(name: Labels.metricName, equals: text() + "m") : Matcher(name: labelName(), equals: text() + "v")
    }

    mutating func at() -> AtModifier? {
        switch random.below(8) {
        case 0: .start
        case 1: .end
        case 2: .timestamp(Int64(random.below(2_000_000_000_000)))
        case 3: .timestamp(-Int64(random.below(100_000)))
        default: nil
        }
    }

    // MARK: Durations

    /// A range or a step.
    mutating func window() -> DurationValue {
        guard chance(1, in: 3) else { return .fixed(milliseconds()) }
        return value(duration(depth: 1 + random.below(3)))
    }

    /// Numbers are fixed durations, and must be above zero.
    private mutating func value(_ expr: DurationExpr) -> DurationValue {
        if case .number = expr { return .fixed(milliseconds()) }
        return .expression(expr)
    }

    mutating func offset() -> DurationValue {
        switch random.below(12) {
        case 0: .fixed(milliseconds())
        case 1: .fixed(-milliseconds())
        case 2: .expression(offsetExpression())
        default: .zero
        }
    }

    /// One operand, possibly behind a minus; all else stands in brackets.
    private mutating func offsetExpression() -> DurationExpr {
        let operand = chance(1, in: 2) ? bracketed(duration(depth: 2)) : durationCall(depth: 1)
        return chance(1, in: 3) ? .unary(isNegation: true, operand, .none) : operand
    }

    private mutating func duration(depth: Int) -> DurationExpr {
        guard depth > 0 else { return durationNumber() }
        switch random.below(6) {
        case 0: return durationNumber()
        case 1: return durationCall(depth: depth - 1)
        case 2: return bracketed(duration(depth: depth - 1))
        case 3: return negatedDuration(duration(depth: depth - 1))
        default: return durationOperation(depth)
        }
    }

    private mutating func durationNumber() -> DurationExpr {
        chance(1, in: 2)
            ? .number(NumberLiteral(Double(1 + random.below(50)) / 4)) : .number(NumberLiteral(Double(milliseconds()) / 1000, isDuration: true))
    }

    private mutating func durationCall(depth: Int) -> DurationExpr {
        switch random.below(4) {
        case 0: .step(.none)
        case 1: .range(.none)
        case 2: .minOf(duration(depth: depth), duration(depth: depth), .none)
        default: .maxOf(duration(depth: depth), duration(depth: depth), .none)
        }
    }

    /// Brackets around numbers and other brackets are dropped.
    private mutating func bracketed(_ expr: DurationExpr) -> DurationExpr {
        switch expr {
        case .number: .paren(.binary(.multiply, expr, durationNumber()), .none)
        case .paren: expr
        default: .paren(expr, .none)
        }
    }

    private mutating func negatedDuration(_ expr: DurationExpr) -> DurationExpr {
        if case .number(let literal) = expr { return .number(NumberLiteral(-literal.value, isDuration: literal.isDuration)) }
        return .unary(isNegation: true, bound(expr, atLeast: Precedence.power), .none)
    }

    private mutating func durationOperation(_ depth: Int) -> DurationExpr {
        let op = one(of: [BinaryOperator.add, .subtract, .multiply, .divide, .modulo, .power])
        let precedence = Precedence.of(op)
        let isPower = op == .power
        var left = duration(depth: depth - 1)
        if isPower, isSigned(left) { left = durationCall(depth: 0) }
        return .binary(
            op, bound(left, atLeast: isPower ? precedence + 1 : precedence),
            bound(duration(depth: depth - 1), atLeast: isPower ? precedence : precedence + 1))
    }

    private mutating func bound(_ expr: DurationExpr, atLeast minimum: Int) -> DurationExpr {
        guard case .binary(let op, _, _) = expr, Precedence.of(op) < minimum else { return expr }
        return bracketed(expr)
    }

    private func isSigned(_ expr: DurationExpr) -> Bool {
        switch expr {
        case .unary: true
        case .number(let literal): literal.value < 0
        default: false
        }
    }
}
