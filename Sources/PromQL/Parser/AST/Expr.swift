public import Model

/// A PromQL expression. Trees are immutable values; equality ignores where in the text a node stood.
public indirect enum Expr: Sendable, Equatable {
    case number(NumberLiteral)
    case string(StringLiteral)
    case selector(VectorSelector)
    case matrix(MatrixSelector)
    case subquery(Subquery)
    case unary(Unary)
    case binary(Binary)
    case aggregation(Aggregation)
    case call(Call)
    case paren(Paren)

    /// What the expression evaluates to.
    public var type: ValueType {
        switch self {
        case .number: .scalar
        case .string: .string
        case .selector, .aggregation: .vector
        case .matrix, .subquery: .matrix
        case .unary(let node): node.operand.type
        case .binary(let node): node.type
        case .call(let node): node.function.signature.returns
        case .paren(let node): node.inner.type
        }
    }

    /// Where the node stands in the query text.
    public var range: SourceRange {
        switch self {
        case .number(let node): node.range
        case .string(let node): node.range
        case .selector(let node): node.range
        case .matrix(let node): node.range
        case .subquery(let node): node.range
        case .unary(let node): node.range
        case .binary(let node): node.range
        case .aggregation(let node): node.range
        case .call(let node): node.range
        case .paren(let node): node.range
        }
    }

    /// The operands, in the order they are written. A matrix selector has none: its selector is part of it.
    public var children: [Expr] {
        switch self {
        case .number, .string, .selector, .matrix: []
        case .subquery(let node): [node.inner]
        case .unary(let node): [node.operand]
        case .binary(let node): [node.left, node.right]
        case .aggregation(let node): node.parameter.map { [$0, node.operand] } ?? [node.operand]
        case .call(let node): node.arguments
        case .paren(let node): [node.inner]
        }
    }

    /// The expression without the parentheses around it.
    public var unwrapped: Expr {
        var expr = self
        while case .paren(let node) = expr { expr = node.inner }
        return expr
    }

    /// The matchers of each selector in the expression, those with ranges included, in the order they are written.
    public var selections: [[Matcher]] {
        var found: [[Matcher]] = []
        walk { node in
            switch node {
            case .selector(let selector): found.append(selector.matchers)
            case .matrix(let matrix): found.append(matrix.selector.matchers)
            default: break
            }
        }
        return found
    }

    /// Visits the node and everything below it, parents first.
    public func walk(_ visit: (Expr) throws -> Void) rethrows {
        try visit(self)
        for child in children { try child.walk(visit) }
    }
}
