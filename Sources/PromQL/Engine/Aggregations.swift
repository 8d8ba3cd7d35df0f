import Model

extension Evaluator {
    func aggregate(_ node: Aggregation) throws -> RowTable {
        switch node.op {
        case .sum: try fold(node, SumAccumulator.self)
        case .avg: try fold(node, MeanAccumulator.self)
        case .count: try fold(node, CountAccumulator.self)
        case .group: try fold(node, GroupAccumulator.self)
        case .min: try fold(node, MinAccumulator.self)
        case .max: try fold(node, MaxAccumulator.self)
        case .stdvar: try fold(node, VarianceAccumulator.self)
        case .stddev: try fold(node, DeviationAccumulator.self)
        case .quantile: try aggregateQuantile(node)
        case .countValues: try countValues(node)
        case .topk, .bottomk: try selectExtremes(node)
        case .limitk: try limit(node)
        case .limitRatio: try limitRatio(node)
        }
    }

    private func fold<A: Accumulator>(_ node: Aggregation, _ kind: A.Type) throws -> RowTable {
        var groups = GroupIndex(node)
        let fold = Fold<A>(steps: grid.count, account: context.account)
        let histograms = HistogramFold(context, node)
        try stream(node.operand) { key, row in
            if row.isEmpty { return }
            let group = groups.group(of: key)
            if !context.shelf.isEmpty, row.hasHistograms() {
                switch node.op {
                case .sum, .avg: try histograms.take(row, of: key, to: group)
                case .count, .group: break
                default: ignoreHistograms(of: row, node)
                }
            }
            try fold.add(row, to: group)
        }
        let table = try fold.table(groups.keys)
        try histograms.deliver(to: table)
        return table
    }

    private func ignoreHistograms(of row: Row, _ node: Aggregation) {
        guard !context.shelf.isEmpty, row.hasHistograms() else { return }
        let choosesSeries = node.op == .topk || node.op == .bottomk
        context.annotations.ignoredInAggregation(node.op.rawValue, at: choosesSeries ? node.range : node.operand.range)
        row.removeHistograms()
    }

    /// The rows of each group, groups in order of appearance.
    private func members(_ node: Aggregation, _ table: RowTable) -> (keys: [RowKey], rows: [[Int]]) {
        var groups = GroupIndex(node)
        var rows: [[Int]] = []
        for index in 0..<table.count {
            let group = groups.group(of: table.keys[index])
            if group == rows.count { rows.append([]) }
            rows[group].append(index)
        }
        return (groups.keys, rows)
    }

    func parameter(_ node: Aggregation) throws -> [Double] {
        guard let parameter = node.parameter else { throw QueryError.execution("\(node.op.rawValue) needs a parameter") }
        return try scalars(parameter)
    }

    private func aggregateQuantile(_ node: Aggregation) throws -> RowTable {
        let phi = try parameter(node)
        let table = try table(node.operand)
        // Behind the notes of what is within: the last of two alike tells the place.
        for value in phi { context.annotations.checkQuantile(value, at: node.parameter?.range ?? node.range) }
        for index in 0..<table.count { ignoreHistograms(of: table[index], node) }
        let (keys, groups) = members(node, table)
        let result = RowTable(steps: grid.count, account: context.account)
        var values: [Double] = []
        for (key, rows) in zip(keys, groups) {
            try context.checkStop()
            let row = try result.append(key)
            for step in 0..<grid.count {
                values.removeAll(keepingCapacity: true)
                for index in rows where table[index].has(step) { values.append(table[index].values[step]) }
                if !values.isEmpty { row.set(step, Quantile.of(&values, phi[step])) }
            }
        }
        return result
    }

    /// One series for each value that occurs, named by the value.
    private func countValues(_ node: Aggregation) throws -> RowTable {
        guard case .string(let label)? = node.parameter?.unwrapped, label.isValidUTF8, LabelNames.isValid(label.value) else {
            throw QueryError.execution("invalid label name \(invalidName(node.parameter))")
        }
        var counted = CountedValues(node, label: label.value, RowTable(steps: grid.count, account: context.account))
        try stream(node.operand) { key, row in
            let group = counted.group(of: key)
            for step in 0..<grid.count where row.has(step) {
                let value = row.values[step]
                try counted.count(value, at: step, in: group, key) { text(value) }
            }
        }
        return counted.table
    }

    private func text(_ value: Double) -> String { context.shelf.histogram(value)?.text ?? FloatFormat.plain(value) }

    private func invalidName(_ expr: Expr?) -> String {
        guard case .string(let literal)? = expr?.unwrapped else { return "\"\"" }
        return quotedBytes(literal.bytes)
    }

    // MARK: Selecting members

    /// A selection's size at each step; zero or less selects nothing.
    private func sizes(_ node: Aggregation) throws -> [Int] {
        try parameter(node).map { value in
            if value.isNaN { throw QueryError.execution("Parameter value is NaN") }
            guard value >= -0x1p63, value < 0x1p63 else {
                throw QueryError.execution("Scalar value \(FloatFormat.general(value)) \(value < 0 ? "under" : "over")flows int64")
            }
            return max(0, Int(value))
        }
    }

    private func selectExtremes(_ node: Aggregation) throws -> RowTable {
        let sizes = try sizes(node)
        let source = try table(node.operand)
        for index in 0..<source.count { ignoreHistograms(of: source[index], node) }
        let (_, groups) = members(node, source)
        var order: [Int] = []
        var extremes = Extremes(isTop: node.op == .topk)
        var chosen = Selected(source, context)
        for rows in groups {
            try context.checkStop()
            for step in 0..<grid.count where sizes[step] > 0 {
                extremes.removeAll()
                for index in rows where source[index].has(step) { extremes.add((index, source[index].values[step]), size: sizes[step]) }
                let best = extremes.sorted()
                for (index, _) in best { chosen.keep(index, step) }
                if grid.count == 1 { order += best.map(\.row) }
            }
        }
        let table = try chosen.table()
        return context.isRange || grid.count > 1 ? table : try table.reordered(chosen.positions(order))
    }

    private func limit(_ node: Aggregation) throws -> RowTable {
        let sizes = try sizes(node)
        let source = try table(node.operand)
        let (_, groups) = members(node, source)
        var chosen = Selected(source, context)
        for rows in groups {
            for step in 0..<grid.count where sizes[step] > 0 {
                var left = sizes[step]
                for index in rows where left > 0 && source[index].has(step) {
                    chosen.keep(index, step)
                    left -= 1
                }
            }
        }
        return try chosen.table()
    }

    /// Keeps the share of series whose hash lies low; a negative ratio keeps the complement's share. The same series always come together.
    private func limitRatio(_ node: Aggregation) throws -> RowTable {
        let ratios = try parameter(node).map { value in
            if value.isNaN { throw QueryError.execution("Ratio value is NaN") }
            let capped = min(1, max(-1, value))
            if capped != value {
                context.annotations.invalidRatio(value, cappedTo: capped, at: node.parameter?.range ?? node.range)
            }
            return capped
        }
        let source = try table(node.operand)
        var chosen = Selected(source, context)
        for index in 0..<source.count {
            // The multiplication spreads the hash's low bits, where similar labels differ, over the high ones.
            let hash = source.keys[index].labels.stableHash
            let place = Double((hash ^ (hash >> 32)) &* 0x9e37_79b9_7f4a_7c15) / Double(UInt64.max)
            for step in 0..<grid.count where source[index].has(step) {
                let ratio = ratios[step]
                if ratio >= 0 ? place < ratio : place >= 1 + ratio { chosen.keep(index, step) }
            }
        }
        return try chosen.table()
    }
}

/// The part of a table that an aggregation selects.
private struct Selected {
    private let source: RowTable
    private let context: QueryContext
    private var bits: [UInt64]
    private let words: Int

    init(_ source: RowTable, _ context: QueryContext) {
        self.source = source
        self.context = context
        words = Row.words(for: source.steps)
        bits = [UInt64](repeating: 0, count: words * source.count)
    }

    mutating func keep(_ index: Int, _ step: Int) { bits[index * words + step >> 6] |= 1 << UInt64(step & 63) }

    private func isKept(_ index: Int) -> Bool { (0..<words).contains { bits[index * words + $0] != 0 } }

    func table() throws -> RowTable {
        let table = RowTable(steps: source.steps, account: context.account)
        for index in 0..<source.count where isKept(index) {
            let row = try table.append(source.keys[index])
            row.copy(from: source[index])
            for word in 0..<words { row.presence[word] = bits[index * words + word] }
        }
        return table
    }

    /// Where the source's rows lie in `table()`.
    func positions(_ rows: [Int]) -> [Int] {
        var position: [Int: Int] = [:]
        for index in 0..<source.count where isKept(index) { position[index] = position.count }
        return rows.compactMap { position[$0] }
    }
}

/// Bytes in quotes as Go's `%q` shows them, those that are not UTF-8 as `\xc5`.
func quotedBytes(_ bytes: [UInt8]) -> String {
    var out = ""
    var rest = bytes[...]
    while !rest.isEmpty {
        let valid = rest.prefix { $0 < 0x80 }
        out += quoted(String(decoding: valid, as: UTF8.self)).dropFirst().dropLast()
        rest = rest[valid.endIndex...]
        guard let first = rest.first else { break }
        let length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
        let text = String(decoding: rest.prefix(length), as: UTF8.self)
        if text.utf8.elementsEqual(rest.prefix(length)), text.unicodeScalars.count == 1 {
            out += quoted(text).dropFirst().dropLast()
            rest = rest.dropFirst(length)
        } else {
            out += "\\x" + String(first, radix: 16)
            rest = rest.dropFirst()
        }
    }
    return "\"" + out + "\""
}
