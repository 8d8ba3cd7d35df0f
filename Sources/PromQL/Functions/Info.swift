import Model
import TSDB

extension Evaluator {
    /// `info(v, {…})`: adds the labels of info series, such as `target_info`, that belong to the same instance and job.
    func info(_ node: Call) throws -> RowTable {
        let wish = try InfoWish(node)
        let base = try table(node.arguments[0])
        let references = try infoReferences(node.arguments[0], ReferenceTimes(first: grid.start, stride: grid.step, count: grid.count))
        let source = try InfoSeries(wish, self, references, at: node.range)
        let result = RowTable(steps: grid.count, account: context.account)
        for index in 0..<base.count {
            try context.checkStop()
            if wish.isInfoSeries(base.keys[index].labels) {
                try result.append(base.keys[index], copying: base[index])
            } else {
                try enrich(base.keys[index], base[index], source, wish, result)
            }
        }
        return try merged(result)
    }

    /// The times at which the operand reads its first selector: `@` and `offset` on the way to it hold for the info series too.
    private func infoReferences(_ expr: Expr, _ outer: ReferenceTimes) throws -> ReferenceTimes {
        switch expr {
        case .selector(let node): return try shifted(outer, node.offset, node.at)
        case .matrix(let node): return try shifted(outer, node.selector.offset, node.selector.at)
        case .subquery(let node): return try infoReferences(node.inner, try shifted(outer, node.offset, node.at))
        default:
            let operand = expr.children.first { $0.type == .vector || $0.type == .matrix }
            return try operand.map { try infoReferences($0, outer) } ?? outer
        }
    }

    private func shifted(_ outer: ReferenceTimes, _ offset: DurationValue, _ at: AtModifier?) throws -> ReferenceTimes {
        let own = try references(offset: offset, at: at)
        if at != nil { return own }
        return ReferenceTimes(first: outer.first + own.first - grid.start, stride: outer.stride, count: outer.count)
    }

    /// Which info series a row belongs to may change from step to step: each combination is an output series of its own.
    private func enrich(_ key: RowKey, _ row: Row, _ source: InfoSeries, _ wish: InfoWish, _ result: RowTable) throws {
        let candidates = source.candidates(key.labels)
        var rows: [[Int]: Int] = [:]
        for step in 0..<grid.count where row.has(step) {
            let chosen = try candidates.compactMap { try source.newest($0, step) }
            if chosen.isEmpty, wish.isRequired { continue }
            let at = rows[chosen] ?? result.count
            if at == result.count {
                rows[chosen] = at
                try result.append(RowKey(labels: try wish.adding(chosen.map(source.labels), to: key.labels), dropsName: key.dropsName))
            }
            result[at].set(step, row.values[step])
        }
    }
}

/// What the second argument asks for.
private struct InfoWish {
    static let identifying = ["instance", "job"]
    let names: [Matcher]
    let data: [Matcher]

    init(_ node: Call) throws {
        var matchers: [Matcher] = []
        if node.arguments.count > 1, case .selector(let selector) = node.arguments[1].unwrapped { matchers = selector.matchers }
        var names = matchers.filter { $0.name == Labels.metricName }
        data = matchers.filter { $0.name != Labels.metricName }
        if names.isEmpty {
            names = [Matcher(name: Labels.metricName, equals: "target_info")]
        } else if !names.contains(where: \.isPositive) {
            // Only exclusions: they exclude from what is named as info metrics are.
            names.append(try Matcher(.matches, Labels.metricName, ".+_info"))
        }
        self.names = names
    }

    /// Whether a series without info is left out: some wanted label must not be empty.
    var isRequired: Bool { data.contains { !$0.matchesEmpty } }

    /// Info series themselves are passed on as they are.
    func isInfoSeries(_ labels: Labels) -> Bool {
        let name = labels.metricName ?? ""
        return names.allSatisfy { $0.matches(name) }
    }

    func adding(_ infos: [Labels], to labels: Labels) throws -> Labels {
        var added = LabelsBuilder()
        for info in infos {
            for label in info where isWanted(label.name) && labels[label.name] == nil {
                if let other = added[label.name], !sameBytes(other, label.value) { throw QueryError.execution("conflicting label: \(label.name)") }
                added.set(label.name, label.value)
            }
        }
        var all = LabelsBuilder(labels)
        for label in added.current { all.set(label.name, label.value) }
        return all.labels()
    }

    private func isWanted(_ name: String) -> Bool {
        if name == Labels.metricName || Self.identifying.contains(name) { return false }
        return data.isEmpty || data.contains { sameBytes($0.name, name) }
    }
}

extension Matcher {
    fileprivate var isPositive: Bool { kind == .equal || kind == .matches }
}

/// The info series, and when each was last written at each step.
private struct InfoSeries {
    /// Sample times in seconds where a series is present.
    private let times: RowTable
    /// Rows by identifying labels, then by metric name.
    private var groups: [Labels: [[Int]]] = [:]

    init(_ wish: InfoWish, _ evaluator: Evaluator, _ references: ReferenceTimes, at place: SourceRange) throws {
        let context = evaluator.context
        times = RowTable(steps: references.count, account: context.account)
        let from = references.first - context.lookback + 1
        let set = try context.select(wish.names + wish.data, from: from, through: references.last, for: evaluator.grid)
        let reading = InfoReading(context, set, from, references)
        let scratch = ScratchRow(steps: references.count)
        var positions: [Labels: (Labels, Int)] = [:]
        for index in 0..<set.count {
            try context.checkStop()
            try reading.readTimes(index, into: scratch.row)
            let labels = set.labels(index)
            try times.append(RowKey(labels: labels), copying: scratch.row)
            let identity = labels.keeping(InfoWish.identifying)
            let named = labels.keeping(InfoWish.identifying + [Labels.metricName])
            let at = positions[named]?.1 ?? groups[identity]?.count ?? 0
            if positions[named] == nil {
                positions[named] = (identity, at)
                groups[identity, default: []].append([])
            }
            groups[identity]?[at].append(index)
        }
        context.annotations.firstOfWindow(reading.cut, at: place)
    }

    func labels(_ row: Int) -> Labels { times.keys[row].labels }

    /// The rows that may describe a series, one list for each info metric.
    func candidates(_ labels: Labels) -> [[Int]] {
        let identity = labels.keeping(InfoWish.identifying)
        return identity.isEmpty ? [] : groups[identity] ?? []
    }

    /// Of several rows of one info metric the one written last counts.
    func newest(_ rows: [Int], _ step: Int) throws -> Int? {
        var best: Int?
        for row in rows where times[row].has(step) {
            guard let other = best else {
                best = row
                continue
            }
            if times[row].values[step] == times[other].values[step] {
                throw QueryError.execution("found duplicate series for info metric: \(labels(other).braced) and \(labels(row).braced)")
            }
            if times[row].values[step] > times[other].values[step] { best = row }
        }
        return best
    }
}

/// Reads info series one after the other, from samples or from windows.
private final class InfoReading {
    private let context: QueryContext
    private let set: any SeriesSet
    private let tiers: (any TieredSeriesSet)?
    private let from: Timestamp
    private let references: ReferenceTimes
    private let column = SampleColumn()
    private let series: TierSeries
    /// The tiers whose windows do not tell what there was last at some step.
    private(set) var cut: TierSelection = []

    init(_ context: QueryContext, _ set: any SeriesSet, _ from: Timestamp, _ references: ReferenceTimes) {
        self.context = context
        self.set = set
        self.from = from
        self.references = references
        tiers = set as? any TieredSeriesSet
        series = TierSeries(tail: column)
    }

    /// When a series was last written at each step, in seconds.
    func readTimes(_ index: Int, into row: Row) throws {
        try checkKind(index)
        row.clear()
        if let tiers { return try readTimes(index, tiers, into: row) }
        column.removeAll()
        try set.read(index, from: from, through: references.last, into: column)
        try context.account.decoded(column.count)
        row.lookBack(column, references, 0..<references.count, lookback: context.lookback, aspect: .time)
    }

    private func readTimes(_ index: Int, _ tiers: any TieredSeriesSet, into row: Row) throws {
        series.clear()
        series.spans = tiers.spans(index)
        try tiers.readWindows(index, from: from, through: references.last, .first, into: series.windows, tail: column)
        series.prepare(forRanges: false)
        try context.account.decoded(series.count)
        for place in 0..<series.windows.count {
            if let tier = series.spans.tier(at: series.windows.ends[place]) { context.account.decoded(1, of: tier) }
        }
        row.lookBack(series, references, 0..<references.count, lookback: context.lookback, aspect: .time)
        cut.formUnion(series.notes.cut)
    }

    private func checkKind(_ index: Int) throws {
        context.histogramColumn.removeAll()
        try set.readHistograms(index, from: from, through: references.last, into: context.histogramColumn)
        if context.histogramColumn.count == 0 { return }
        throw QueryError.execution("this should be an info metric, with float samples: \(set.labels(index))")
    }
}
