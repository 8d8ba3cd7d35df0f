import Model

extension Evaluator {
    /// Functions that look at several series at once, or at none.
    func callTable(_ node: Call) throws -> RowTable {
        switch node.function {
        case .vector: try vectorOfScalar(node)
        case .absent: try absent(node)
        case .absentOverTime: try absentOverTime(node)
        case .sort, .sortDesc: try sorted(node)
        case .sortByLabel, .sortByLabelDesc: try sortedByLabel(node)
        case .labelReplace: try labelReplace(node)
        case .labelJoin: try labelJoin(node)
        case .histogramQuantile: try histogramQuantile(node)
        case .histogramQuantiles: try histogramQuantiles(node)
        case .histogramFraction: try histogramFraction(node)
        case .info: try info(node)
        default: throw QueryError.execution("function \(node.function.rawValue) is not supported")
        }
    }

    /// Functions whose value is a scalar.
    func callScalars(_ node: Call) throws -> [Double] {
        switch node.function {
        case .time: return (0..<grid.count).map { Double(grid.time($0)) / 1000 }
        case .pi: return constant(.pi)
        case .scalar: return try scalarOfVector(node)
        case .start: return constant(Double(context.queryGrid.start) / 1000)
        case .end: return constant(Double(context.queryGrid.end) / 1000)
        case .step: return constant(Double(context.queryStep) / 1000)
        case .range: return constant(Double(context.queryGrid.end - context.queryGrid.start) / 1000)
        case .minOf, .maxOf:
            let left = try scalars(node.arguments[0])
            let right = try scalars(node.arguments[1])
            return zip(left, right).map { a, b in
                a.isNaN || b.isNaN ? .nan : node.function == .minOf ? min(a, b) : max(a, b)
            }
        default: throw QueryError.execution("function \(node.function.rawValue) is not supported")
        }
    }

    private func vectorOfScalar(_ node: Call) throws -> RowTable {
        let values = try scalars(node.arguments[0])
        let table = RowTable(steps: grid.count, account: context.account)
        let row = try table.append(RowKey(labels: .empty))
        for step in 0..<grid.count { row.set(step, values[step]) }
        return table
    }

    /// The value of the only series at each step, NaN where there is none or more than one.
    private func scalarOfVector(_ node: Call) throws -> [Double] {
        var values = constant(.nan)
        var counts = [Int](repeating: 0, count: grid.count)
        try stream(node.arguments[0]) { _, row in
            row.forEach { step in
                if HistogramShelf.isMark(row.values[step]) { return }
                counts[step] += 1
                values[step] = counts[step] == 1 ? row.values[step] : .nan
            }
        }
        return values
    }

    // MARK: Absence

    private func absent(_ node: Call) throws -> RowTable {
        let seen = ScratchRow(steps: grid.count)
        try stream(node.arguments[0]) { _, row in
            seen.row.addPresence(of: row)
        }
        return try absence(node, seen.row)
    }

    private func absentOverTime(_ node: Call) throws -> RowTable {
        let seen = ScratchRow(steps: grid.count)
        let scratch = ScratchRow(steps: grid.count)
        let operand = try rangeOperand(node.arguments[0])
        var kernel = PresentKernel()
        if let tiers = operand.tiers {
            try forEachRow(kernel, .presentOverTime, over: tiers, operand, at: node.arguments[0].range) { _, row in seen.row.addPresence(of: row) }
        } else {
            try operand.forEachColumn { _, column in
                kernel.sweep(column, operand.frame, into: scratch.row)
                seen.row.addPresence(of: scratch.row)
            }
        }
        return try absence(node, seen.row)
    }

    private func absence(_ node: Call, _ seen: Row) throws -> RowTable {
        let table = RowTable(steps: grid.count, account: context.account)
        let row = try table.append(RowKey(labels: absentLabels(node.arguments[0].unwrapped)))
        row.fill(1)
        for word in 0..<row.words { row.presence[word] &= ~seen.presence[word] }
        return table
    }

    /// What the selector says a series would have been: the labels that one equality fixes.
    private func absentLabels(_ expr: Expr) -> Labels {
        let matchers: [Matcher]
        switch expr {
        case .selector(let node): matchers = node.matchers
        case .matrix(let node): matchers = node.selector.matchers
        default: return .empty
        }
        var labels = LabelsBuilder()
        var fixed: Set<[UInt8]> = []
        for matcher in matchers where matcher.name != Labels.metricName {
            if matcher.kind == .equal, fixed.insert(Array(matcher.name.utf8)).inserted {
                labels.set(matcher.name, matcher.value)
            } else {
                labels.remove(matcher.name)
            }
        }
        return labels.labels()
    }

    // MARK: Order

    private func sorted(_ node: Call) throws -> RowTable {
        let table = try table(node.arguments[0])
        if !context.shelf.isEmpty { (0..<table.count).forEach { table[$0].removeHistograms() } }
        if warnsAboutSort(node) { return table }
        let isDescending = node.function == .sortDesc
        let order = (0..<table.count).filter { table[$0].has(0) }.sorted { a, b in
            let x = table[a].values[0]
            let y = table[b].values[0]
            if x.isNaN || y.isNaN { return x.isNaN == y.isNaN ? a < b : y.isNaN }
            return x == y ? a < b : isDescending ? x > y : x < y
        }
        return try table.reordered(order)
    }

    private func sortedByLabel(_ node: Call) throws -> RowTable {
        let table = try table(node.arguments[0])
        if warnsAboutSort(node) { return table }
        let names = node.arguments.dropFirst().map(text)
        let isDescending = node.function == .sortByLabelDesc
        let order = (0..<table.count).sorted { a, b in
            let x = table.keys[isDescending ? b : a].labels
            let y = table.keys[isDescending ? a : b].labels
            for name in names {
                let one = x[name] ?? ""
                let other = y[name] ?? ""
                if !sameBytes(one, other) { return NaturalOrder.precedes(one, other) }
            }
            return x < y
        }
        return try table.reordered(order)
    }

    private func warnsAboutSort(_ node: Call) -> Bool {
        if context.isRange { context.annotations.ineffectiveSort(at: node.range) }
        return context.isRange || grid.count > 1
    }

    /// The text of a string argument.
    func text(_ expr: Expr) -> String {
        if case .string(let node) = expr.unwrapped { return node.value }
        return ""
    }
}
