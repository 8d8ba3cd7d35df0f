import Model

/// Evaluates expressions at all steps of a grid at once.
///
/// An instant vector is either streamed, one row after the other through a reused row, or held as a table: aggregations fold streams and
/// need memory for groups × steps only; operators that look at several series at once need tables.
final class Evaluator {
    /// Receives a series and its row, which is the receiver's to change but not to keep.
    typealias Sink = (RowKey, Row) throws -> Void

    let context: QueryContext
    let grid: StepGrid

    init(_ context: QueryContext, _ grid: StepGrid) {
        self.context = context
        self.grid = grid
    }

    // MARK: Instant vectors

    /// Streams the rows of an instant vector expression. Rows without any value may be among them.
    func stream(_ expr: Expr, _ sink: Sink) throws {
        if grid.count > 1, expr.isStepInvariant { return try broadcast(expr, sink) }
        switch expr {
        case .paren(let node): try stream(node.inner, sink)
        case .selector(let node): try streamSelector(node, sink)
        case .unary(let node): try streamUnary(node, sink)
        case .binary(let node) where !node.op.isSet && (node.left.type == .scalar || node.right.type == .scalar):
            try streamWithScalar(node, sink)
        case .call(let node) where node.function.isWindowed: try streamWindows(node, sink)
        case .call(let node) where node.function.isElementwise: try streamElements(node, sink)
        default:
            let table = try computeTable(expr)
            for index in 0..<table.count { try sink(table.keys[index], table[index]) }
        }
    }

    /// The rows of an instant vector expression, the caller's to change.
    func table(_ expr: Expr) throws -> RowTable {
        if case .paren(let node) = expr { return try table(node.inner) }
        let isConstant = grid.count > 1 && expr.isStepInvariant
        return expr.isStreamed || isConstant ? try collect { try stream(expr, $0) } : try computeTable(expr)
    }

    /// The tables of what cannot be streamed.
    private func computeTable(_ expr: Expr) throws -> RowTable {
        let table =
            switch expr {
            case .binary(let node): try combineVectors(node)
            case .aggregation(let node): try aggregate(node)
            case .call(let node): try callTable(node)
            default: throw QueryError.execution("unexpected \(expr.type.documented) in place of an instant vector")
            }
        context.shelf.pin()
        return table
    }

    /// Gathers streamed rows, leaving out those without values.
    func collect(_ produce: (Sink) throws -> Void) throws -> RowTable {
        let table = RowTable(steps: grid.count, account: context.account)
        try produce { key, row in
            if row.isEmpty { return }
            context.shelf.keep(try table.append(key, copying: row))
        }
        return table
    }

    /// Evaluates what is the same at every step once.
    private func broadcast(_ expr: Expr, _ sink: Sink) throws {
        let scratch = ScratchRow(steps: grid.count)
        try Evaluator(context, StepGrid(at: grid.start)).stream(expr) { key, row in
            guard row.has(0) else { return }
            scratch.row.fill(row.values[0])
            try sink(key, scratch.row)
        }
    }

    // MARK: Scalars

    /// A scalar expression's value at each step.
    func scalars(_ expr: Expr) throws -> [Double] {
        switch expr {
        case .number(let node): return constant(node.value)
        case .paren(let node): return try scalars(node.inner)
        case .unary(let node):
            let values = try scalars(node.operand)
            return node.isNegation ? values.map { -$0 } : values
        case .binary(let node):
            let left = try scalars(node.left)
            let right = try scalars(node.right)
            return zip(left, right).map { node.op.scalarResult($0, $1) }
        case .call(let node): return try callScalars(node)
        default: throw QueryError.execution("unexpected \(expr.type.documented) in place of a scalar")
        }
    }

    func constant(_ value: Double) -> [Double] { [Double](repeating: value, count: grid.count) }

    // MARK: Names

    /// The identity of a series whose metric name no longer fits its values.
    func droppingName(_ key: RowKey) -> RowKey {
        if context.delaysNameRemoval { return RowKey(labels: key.labels, dropsName: true) }
        return RowKey(labels: key.labels.droppingMetadata())
    }

    /// Merges rows of one series that have values at different steps; throws where two have a value at the same step.
    func merged(_ table: RowTable) throws -> RowTable {
        // As selections come.
        let isAscending = (1..<max(table.count, 1)).allSatisfy { table.keys[$0 - 1].labels < table.keys[$0].labels }
        if isAscending { return table }
        // A name that is to go makes another series of equal labels.
        var first: [RowKey: Int] = [:]
        var kept: [Int] = []
        for index in 0..<table.count {
            guard let earlier = first[table.keys[index]] else {
                first[table.keys[index]] = index
                kept.append(index)
                continue
            }
            if !table[earlier].absorb(table[index]) { throw QueryError.sameLabelset }
        }
        return kept.count == table.count ? table : try table.reordered(kept)
    }
}

extension Expr {
    /// Whether an instant vector comes series by series. What looks at several series at once needs a table.
    fileprivate var isStreamed: Bool {
        switch self {
        case .selector, .unary: true
        case .paren(let node): node.inner.isStreamed
        case .binary(let node): !node.op.isSet && (node.left.type == .scalar || node.right.type == .scalar)
        case .call(let node): node.function.isWindowed || node.function.isElementwise
        default: false
        }
    }
}

extension Row {
    /// Takes over another row's values; false if both have a value at some step.
    func absorb(_ other: Row) -> Bool {
        for word in 0..<words where presence[word] & other.presence[word] != 0 { return false }
        other.forEach { values[$0] = other.values[$0] }
        for word in 0..<words { presence[word] |= other.presence[word] }
        return true
    }
}

extension QueryError {
    static let sameLabelset = QueryError.execution("vector cannot contain metrics with the same labelset")
}

extension Labels {
    /// Without the labels that describe the metric as it was exposed: its name, type and unit.
    func droppingMetadata() -> Labels { dropping([Labels.metricName, "__type__", "__unit__"]) }
}
