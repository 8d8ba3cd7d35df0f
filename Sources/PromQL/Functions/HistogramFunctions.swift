import Model

/// The rows of one classic histogram: each with its upper bound.
private struct HistogramRows {
    let key: RowKey
    /// The metric name, which annotations tell.
    let metric: String
    /// The labels without the bucket's.
    let identity: Labels
    var buckets: [(upper: Double, row: Int)] = []
}

/// What a function makes of a histogram at a step.
private struct HistogramMeasure {
    let classic: (inout ClassicBuckets, _ step: Int) -> Double
    let native: (SparseHistogram, _ step: Int) -> (value: Double, NaNObservations)
    /// What becomes of results where observations were NaN, for annotations.
    let skew: String
    let function: String
}

extension Evaluator {
    func histogramQuantile(_ node: Call) throws -> RowTable {
        let result = RowTable(steps: grid.count, account: context.account)
        try eachHistogram(node.arguments[1], result, quantileMeasure(try quantiles(node.arguments[0])))
        return try delivered(result)
    }

    /// Several quantiles at once, told apart by a label.
    func histogramQuantiles(_ node: Call) throws -> RowTable {
        let name = text(node.arguments[1])
        guard LabelNames.isValid(name) else { throw QueryError.execution("invalid label name in histogram_quantiles(): \(name)") }
        let result = RowTable(steps: grid.count, account: context.account)
        for argument in node.arguments.dropFirst(2) {
            let phi = try quantiles(argument)
            let label = quantileLabel(phi.first ?? .nan)
            try eachHistogram(node.arguments[0], result, quantileMeasure(phi), label: (name, label))
        }
        return try delivered(result)
    }

    func histogramFraction(_ node: Call) throws -> RowTable {
        let lower = try scalars(node.arguments[0])
        let upper = try scalars(node.arguments[1])
        let result = RowTable(steps: grid.count, account: context.account)
        let measure = HistogramMeasure(
            classic: { $0.fraction(lower[$1], upper[$1]) }, native: { $0.fraction(lower[$1], upper[$1]) },
            skew: "which are excluded from all fractions", function: "histogram_fraction")
        try eachHistogram(node.arguments[2], result, measure)
        return try delivered(result)
    }

    private func quantileMeasure(_ phi: [Double]) -> HistogramMeasure {
        HistogramMeasure(
            classic: { $0.quantile(phi[$1]) }, native: { $0.quantile(phi[$1]) }, skew: "result is skewed higher", function: "histogram_quantile")
    }

    /// As exposition pages write quantiles: a whole number keeps a digit after the point.
    private func quantileLabel(_ phi: Double) -> String {
        let text = FloatFormat.general(phi)
        return phi.isFinite && !text.contains(".") && !text.contains("e") ? text + ".0" : text
    }

    private func delivered(_ table: RowTable) throws -> RowTable {
        context.delaysNameRemoval ? table : try merged(table)
    }

    /// Appends a row for each histogram among the series of `argument`, native ones first, with what `measure` makes of it at each step.
    private func eachHistogram(
        _ argument: Expr, _ result: RowTable, _ measure: HistogramMeasure, label: (name: String, value: String)? = nil
    ) throws {
        let table = try table(argument)
        let classic = histograms(table, at: argument.range)
        if !context.shelf.isEmpty { try eachNative(table, classic, argument.range, result, measure, label) }
        var buckets = ClassicBuckets()
        for histogram in classic {
            try context.checkStop()
            let row = try result.append(labelled(histogram.key, label))
            for step in 0..<grid.count {
                buckets.removeAll()
                for (upper, index) in histogram.buckets where table[index].has(step) {
                    buckets.append(upper: upper, count: table[index].values[step])
                }
                if buckets.isEmpty { continue }
                row.set(step, measure.classic(&buckets, step))
                if buckets.wasRepaired { context.annotations.forcedMonotonicity(histogram.metric, at: argument.range) }
            }
        }
    }

    private func labelled(_ key: RowKey, _ label: (name: String, value: String)?) -> RowKey {
        guard let label else { return key }
        return RowKey(labels: key.labels.setting(label.name, label.value), dropsName: key.dropsName)
    }

    /// Where a native and a classic histogram are of one name, neither counts; the classic one's samples are taken out of the table.
    private func eachNative(
        _ table: RowTable, _ classic: [HistogramRows], _ range: SourceRange, _ result: RowTable, _ measure: HistogramMeasure,
        _ label: (name: String, value: String)?
    ) throws {
        let byIdentity = Dictionary(classic.map { ($0.identity, $0) }) { first, _ in first }
        for index in 0..<table.count where table[index].hasHistograms() {
            let (key, source) = (table.keys[index], table[index])
            let metric = key.labels.metricName ?? ""
            let row = try result.append(labelled(droppingName(key), label))
            for step in 0..<grid.count where source.has(step) {
                guard let histogram = context.shelf.histogram(source.values[step]) else { continue }
                source.remove(step)
                let rivals = byIdentity[key.labels]?.buckets.filter { table[$0.row].has(step) } ?? []
                if !rivals.isEmpty {
                    context.annotations.mixedKinds(metric, at: range)
                    for rival in rivals { table[rival.row].remove(step) }
                    continue
                }
                let (value, observations) = measure.native(histogram, step)
                row.set(step, value)
                note(observations, measure, metric, at: range)
            }
        }
    }

    private func note(_ observations: NaNObservations, _ measure: HistogramMeasure, _ metric: String, at range: SourceRange) {
        switch observations {
        case .none: break
        case .hide: context.annotations.nanObservations(measure.function, "result is NaN", metric, at: range)
        case .skew: context.annotations.nanObservations(measure.function, measure.skew, metric, at: range)
        }
    }

    /// Sorts the rows of floats into classic histograms: equal in all labels but the bucket's.
    private func histograms(_ table: RowTable, at range: SourceRange) -> [HistogramRows] {
        var numbers: [Labels: Int] = [:]
        var histograms: [HistogramRows] = []
        for index in 0..<table.count {
            if !context.shelf.isEmpty, !table[index].hasFloats() { continue }
            let key = table.keys[index]
            let bound = key.labels["le"] ?? ""
            guard let upper = FloatParsing.parse(bound) else {
                context.annotations.badBucketLabel(bound, metric: key.labels.metricName ?? "", at: range)
                continue
            }
            let identity = key.labels.dropping(["le"])
            let at = numbers[identity] ?? histograms.count
            if at == histograms.count {
                numbers[identity] = at
                let named = droppingName(RowKey(labels: identity, dropsName: key.dropsName))
                histograms.append(HistogramRows(key: named, metric: key.labels.metricName ?? "", identity: identity))
            }
            histograms[at].buckets.append((upper, index))
        }
        return histograms
    }
}
