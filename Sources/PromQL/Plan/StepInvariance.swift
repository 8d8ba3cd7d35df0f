extension Expr {
    /// Whether the value is the same at every step, because nothing in it looks at the evaluation time.
    var isStepInvariant: Bool {
        switch self {
        case .number, .string: true
        case .selector(let node): node.at != nil
        case .matrix(let node): node.selector.at != nil
        case .subquery(let node): node.at != nil
        case .unary(let node): node.operand.isStepInvariant
        case .paren(let node): node.inner.isStepInvariant
        case .binary(let node): node.left.isStepInvariant && node.right.isStepInvariant
        case .aggregation(let node): node.operand.isStepInvariant && node.parameter?.isStepInvariant ?? true
        case .call(let node): !node.looksAtEvaluationTime && node.arguments.allSatisfy(\.isStepInvariant)
        }
    }
}

extension Call {
    fileprivate var looksAtEvaluationTime: Bool {
        switch function {
        case .time, .timestamp, .predictLinear, .info, .startTimestamp: true
        case .dayOfMonth, .dayOfWeek, .dayOfYear, .daysInMonth, .hour, .minute, .month, .year: arguments.isEmpty
        default: false
        }
    }
}
