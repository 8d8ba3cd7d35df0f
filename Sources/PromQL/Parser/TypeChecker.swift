import Model

/// Checks what the grammar alone cannot: operand types, argument counts, matching rules, selectors that would select everything.
struct TypeChecker {
    /// The query, for the places of operators.
    let text: [UInt8]

    /// Each kind is taken apart in a function of its own: deep trees must not carry the room for all kinds at every level of the stack.
    func check(_ expr: Expr) throws(ParseError) {
        switch expr {
        case .number, .string: break
        case .selector, .matrix: try checkSelection(expr)
        case .paren: try checkParen(expr)
        case .unary: try checkUnary(expr)
        case .subquery: try checkSubquery(expr)
        case .aggregation: try checkAggregation(expr)
        case .binary: try checkBinary(expr)
        case .call: try checkCall(expr)
        }
    }

    private func expect(_ wanted: ValueType, _ expr: Expr, in context: String) throws(ParseError) {
        try check(expr)
        guard expr.type != wanted else { return }
        throw ParseError(expr.range, "expected type \(wanted.documented) in \(context), got \(expr.type.documented)")
    }

    // MARK: Simple nodes

    private func checkSelector(_ node: VectorSelector, range: SourceRange? = nil, mayMatchEverything: Bool = false) throws(ParseError) {
        if let name = node.name {
            if let other = node.matchers.dropLast().first(where: { sameBytes($0.name, Labels.metricName) }) {
                throw ParseError(range ?? node.range, "metric name must not be set twice: \(quoted(name)) or \(quoted(other.value))")
            }
        } else if !mayMatchEverything, node.matchers.allSatisfy(\.matchesEmpty) {
            throw ParseError(node.range, "vector selector must contain at least one non-empty matcher")
        }
    }

    private func checkSelection(_ expr: Expr) throws(ParseError) {
        switch expr {
        case .selector(let node): try checkSelector(node)
        case .matrix(let node): try checkSelector(node.selector, range: node.range)
        default: break
        }
    }

    private func checkParen(_ expr: Expr) throws(ParseError) {
        guard case .paren(let node) = expr else { return }
        try check(node.inner)
    }

    private func checkUnary(_ expr: Expr) throws(ParseError) {
        guard case .unary(let node) = expr else { return }
        try check(node.operand)
        let type = node.operand.type
        guard type != .scalar, type != .vector else { return }
        throw ParseError(
            node.range, "unary expression only allowed on expressions of type scalar or instant vector, got \(quoted(type.documented))")
    }

    private func checkSubquery(_ expr: Expr) throws(ParseError) {
        guard case .subquery(let node) = expr else { return }
        try check(node.inner)
        guard node.inner.type != .vector else { return }
        throw ParseError(node.range, "subquery is only allowed on instant vector, got \(node.inner.type.rawValue) instead")
    }

    private func checkAggregation(_ expr: Expr) throws(ParseError) {
        guard case .aggregation(let node) = expr else { return }
        try expect(.vector, node.operand, in: "aggregation expression")
        if let parameter = node.parameter, let wanted = node.op.parameter { try expect(wanted, parameter, in: "aggregation parameter") }
    }

    // MARK: Binary

    private func checkBinary(_ expr: Expr) throws(ParseError) {
        guard case .binary(let node) = expr else { return }
        try check(node.left)
        try check(node.right)
        try checkComparison(node)
        if let written = node.matching, written.isOn,
            let label = written.labels.first(where: { name in written.include.contains { sameBytes($0, name) } })
        {
            throw ParseError(operatorPlace(node), "label \(quoted(label)) must not occur in ON and GROUP clause at once")
        }
        for side in [node.left, node.right] where side.type != .scalar && side.type != .vector {
            throw ParseError(side.range, "binary expression must contain only scalar and instant vector types")
        }
        let bothVectors = node.left.type == .vector && node.right.type == .vector
        if bothVectors { try checkSet(node) } else { try checkUnmatched(node) }
    }

    private func checkComparison(_ node: Binary) throws(ParseError) {
        if node.returnsBool, !node.op.isComparison {
            throw ParseError(operatorPlace(node), "bool modifier can only be used on comparison operators")
        }
        if node.op.isComparison, !node.returnsBool, node.left.type == .scalar, node.right.type == .scalar {
            throw ParseError(operatorPlace(node), "comparisons between scalars must use BOOL modifier")
        }
    }

    private func checkUnmatched(_ node: Binary) throws(ParseError) {
        if let written = node.matching {
            if !written.labels.isEmpty { throw ParseError(node.range, "vector matching only allowed between instant vectors") }
            if written.fillLeft != nil || written.fillRight != nil {
                throw ParseError(node.range, "filling in missing series only allowed between instant vectors")
            }
        }
        if node.op.isSet {
            throw ParseError(node.range, "set operator \(quoted(node.op.rawValue)) not allowed in binary scalar expression")
        }
    }

    private func checkSet(_ node: Binary) throws(ParseError) {
        guard node.op.isSet, let written = node.matching else { return }
        if written.cardinality == .manyToOne || written.cardinality == .oneToMany {
            throw ParseError(node.range, "no grouping allowed for \(quoted(node.op.rawValue)) operation")
        }
        if written.fillLeft != nil || written.fillRight != nil {
            throw ParseError(node.range, "filling in missing series not allowed for set operators")
        }
    }

    /// Where the operator stands: behind the left side and the blanks after it.
    private func operatorPlace(_ node: Binary) -> SourceRange {
        var at = node.left.range.end
        while at < text.count, [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r")].contains(text[at]) { at += 1 }
        return SourceRange(at, node.right.range.start)
    }

    // MARK: Calls

    private func checkCall(_ expr: Expr) throws(ParseError) {
        guard case .call(let node) = expr else { return }
        let signature = node.function.signature
        let name = quoted(node.function.rawValue)
        try checkCount(node, signature)
        if node.function == .info, node.arguments.count > 1 { try checkInfoLabels(node) }
        for (index, argument) in node.arguments.enumerated() {
            guard let wanted = index < signature.arguments.count ? signature.arguments[index] : signature.arguments.last else { break }
            if node.function == .info, index == 1 { continue }
            try expect(wanted, argument, in: "call to function \(name)")
        }
    }

    private func checkCount(_ node: Call, _ signature: FunctionSignature) throws(ParseError) {
        let got = node.arguments.count
        let least = signature.minimumCount
        let wanted: String
        if signature.variadic == .none, got != least {
            wanted = "\(least)"
        } else if got < least {
            wanted = "at least \(least)"
        } else if let most = signature.maximumCount, got > most {
            wanted = "at most \(most)"
        } else {
            return
        }
        throw ParseError(node.range, "expected \(wanted) argument(s) in call to \(quoted(node.function.rawValue)), got \(got)")
    }

    /// The second argument of `info` is only conditions on labels; it may match everything, since it is used together with the first.
    private func checkInfoLabels(_ node: Call) throws(ParseError) {
        let argument = node.arguments[1]
        guard argument.type == .vector else {
            throw ParseError(node.range, "expected type instant vector in call to function \"info\", got \(argument.type.documented)")
        }
        guard case .selector(let selector) = argument else { throw ParseError(argument.range, "expected label selectors only") }
        if selector.name != nil { throw ParseError(argument.range, "expected label selectors only, got vector selector instead") }
        try checkSelector(selector, mayMatchEverything: true)
    }
}
