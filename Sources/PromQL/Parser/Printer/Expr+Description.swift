import Model

/// Expressions print as Prometheus prints them: on one line, durations in their units, matchers sorted. Parsing the text gives an equal tree.
extension Expr: CustomStringConvertible {
    public var description: String {
        switch self {
        case .number(let node): node.description
        case .string(let node): node.description
        case .selector(let node): node.description
        case .matrix(let node): node.description
        case .subquery(let node): node.description
        case .unary(let node): (node.isNegation ? "-" : "+") + node.operand.description
        case .binary(let node): node.description
        case .aggregation(let node): node.description
        case .call(let node): "\(node.function.rawValue)(\(node.arguments.map(\.description).joined(separator: ", ")))"
        case .paren(let node): "(\(node.inner))"
        }
    }
}

extension NumberLiteral: CustomStringConvertible {
    public var description: String {
        guard isDuration else { return FloatFormat.plain(value) }
        return (value == 0 && value.sign == .minus ? "-" : "") + PromDuration.format(PromQLDuration.milliseconds(value))
    }
}

extension StringLiteral: CustomStringConvertible {
    public var description: String {
        if isValidUTF8 { return quoted(value) }
        // Bytes that are not UTF-8 are written as `\xc5`, the others as they would be alone.
        var out = ""
        var rest = bytes[...]
        while let first = rest.first {
            let character = (1...4).lazy.compactMap { String(validating: rest.prefix($0), as: UTF8.self) }.first
            // A combining mark makes one character with a quote before it, so the quotes are taken off as scalars.
            out += character.map { String(quoted($0).unicodeScalars.dropFirst().dropLast()) } ?? "\\x" + String(first, radix: 16)
            rest = rest.dropFirst(character?.utf8.count ?? 1)
        }
        return "\"\(out)\""
    }
}

extension Binary: CustomStringConvertible {
    public var description: String {
        "\(base) \(op.rawValue)\(returnsBool ? " bool" : "")\(matching?.description ?? "") \(right)"
    }

    /// The left side. Infinity is shown with a sign elsewhere, but a sign before a power would apply to the power.
    private var base: String {
        if op == .power, case .number(let literal) = left, literal.value == .infinity { "Inf" } else { left.description }
    }
}

extension Aggregation: CustomStringConvertible {
    public var description: String {
        let clause = isWithout || !grouping.isEmpty ? " \(isWithout ? "without" : "by") \(labelList(grouping)) " : ""
        return "\(op.rawValue)\(clause)(\(parameter.map { "\($0), " } ?? "")\(operand))"
    }
}

/// `(a, b, "c d")`
func labelList(_ names: [String]) -> String {
    "(" + names.map { LabelNames.isLegacyMetricName($0) && !isNumberWord($0) ? $0 : quoted($0) }.joined(separator: ", ") + ")"
}

/// `inf` and `nan` in any letter case are numbers, not names.
func isNumberWord(_ word: String) -> Bool { word.utf8.count == 3 && ["inf", "nan"].contains(word.lowercased()) }
