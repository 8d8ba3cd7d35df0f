import Model

/// Binary operators where a side is a native histogram.
struct HistogramOperators {
    private let context: QueryContext
    private let node: Binary

    init(_ context: QueryContext, _ node: Binary) {
        self.context = context
        self.node = node
    }

    /// The result, nil if there is none.
    func combine(_ left: Double, _ right: Double) throws -> Double? {
        switch (context.shelf.histogram(left), context.shelf.histogram(right)) {
        case (let a?, let b?): try combine(a, b, left)
        case (let a?, nil): try combine(a, right)
        case (nil, let b?):
            if node.op == .multiply { try context.shelf.put(b.scaled(by: left)) } else { refuse("float", "histogram") }
        case (nil, nil): refuse("float", "float")
        }
    }

    /// An operation between a vector's row and a scalar, at the steps at which it is one with a histogram, or none for floats; elsewhere floats
    /// are combined, unless they are compared as a filter.
    func apply(_ scalars: [Double], _ scalarIsLeft: Bool, to row: Row) throws {
        let isTrim = node.op == .trimLower || node.op == .trimUpper
        try row.forEachThrowing { step in
            let value = row.values[step]
            let (left, right) = scalarIsLeft ? (scalars[step], value) : (value, scalars[step])
            if isTrim || HistogramShelf.isMark(value) {
                if let result = try combine(left, right) { row.values[step] = result } else { row.remove(step) }
            } else if node.op.dropsName(returnsBool: node.returnsBool) {
                row.values[step] = node.op.scalarResult(left, right)
            }
        }
    }

    private func combine(_ a: SparseHistogram, _ b: SparseHistogram, _ left: Double) throws -> Double? {
        switch node.op {
        case .add: return try sum(a, b, sign: 1, "addition")
        case .subtract: return try sum(a, b, sign: -1, "subtraction")
        case .equal, .notEqual:
            let holds = a.equals(b) == (node.op == .equal)
            return node.returnsBool ? (holds ? 1 : 0) : holds ? left : nil
        default: return refuse("histogram", "histogram")
        }
    }

    private func sum(_ a: SparseHistogram, _ b: SparseHistogram, sign: Double, _ operation: String) throws -> Double? {
        var sum = HistogramSum(a)
        do {
            try sum.add(b, sign: sign)
        } catch {
            context.annotations.incompatibleLayouts(node.op.rawValue, at: node.range)
            return nil
        }
        if sum.reconciled { context.annotations.reconciledBounds(operation, at: node.range) }
        if sum.hasConflictingResets { context.annotations.conflictingResets(operation, at: node.range) }
        return try context.shelf.put(sum.result())
    }

    private func combine(_ a: SparseHistogram, _ number: Double) throws -> Double? {
        switch node.op {
        case .multiply: try context.shelf.put(a.scaled(by: number))
        case .divide: try context.shelf.put(a.divided(by: number))
        case .trimUpper: try context.shelf.put(a.trimmed(above: number))
        case .trimLower: try context.shelf.put(a.trimmed(below: number))
        default: refuse("histogram", "float")
        }
    }

    private func refuse(_ left: String, _ right: String) -> Double? {
        context.annotations.incompatibleTypes(node.op.rawValue, left, right, at: node.range)
        return nil
    }
}
