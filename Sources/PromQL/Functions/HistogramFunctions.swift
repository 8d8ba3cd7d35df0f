import Model

/// The rows of one classic histogram: each with its upper bound.
private struct HistogramRows {
    let key: RowKey
    /// The metric name, which annotations tell.
    let metric: String
    var buckets: [(upper: Double, row: Int)] = []
}

extension Evaluator {
    func histogramQuantile(_ node: Call) throws -> RowTable {
        let phi = try quantiles(node.arguments[0])
        let result = RowTable(steps: grid.count, account: context.account)
        try eachHistogram(node, node.arguments[1], result) { histogram, _, buckets, step in
            let value = buckets.quantile(phi[step])
            if buckets.wasRepaired { context.annotations.forcedMonotonicity(histogram, at: node.arguments[1].range) }
            return value
        }
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
            try eachHistogram(node, node.arguments[0], result, label: (name, label)) { histogram, _, buckets, step in
                let value = buckets.quantile(phi[step])
                if buckets.wasRepaired { context.annotations.forcedMonotonicity(histogram, at: node.arguments[0].range) }
                return value
            }
        }
        return try delivered(result)
    }

    func histogramFraction(_ node: Call) throws -> RowTable {
        let lower = try scalars(node.arguments[0])
        let upper = try scalars(node.arguments[1])
        let result = RowTable(steps: grid.count, account: context.account)
        try eachHistogram(node, node.arguments[2], result) { _, _, buckets, step in buckets.fraction(lower[step], upper[step]) }
        return try delivered(result)
    }

    /// As exposition pages write quantiles: a whole number keeps a digit after the point.
    private func quantileLabel(_ phi: Double) -> String {
        let text = FloatFormat.general(phi)
        return phi.isFinite && !text.contains(".") && !text.contains("e") ? text + ".0" : text
    }

    private func delivered(_ table: RowTable) throws -> RowTable {
        context.delaysNameRemoval ? table : try merged(table)
    }

    /// Appends a row for each classic histogram among the series of `argument`, with what `value` makes of its buckets at each step.
    private func eachHistogram(
        _ node: Call, _ argument: Expr, _ result: RowTable, label: (name: String, value: String)? = nil,
        _ value: (String, RowKey, inout ClassicBuckets, Int) -> Double
    ) throws {
        let table = try table(argument)
        var buckets = ClassicBuckets()
        for histogram in histograms(table, at: argument.range) {
            try context.checkStop()
            var key = histogram.key
            if let label { key.labels = key.labels.setting(label.name, label.value) }
            let row = try result.append(key)
            for step in 0..<grid.count {
                buckets.removeAll()
                for (upper, index) in histogram.buckets where table[index].has(step) {
                    buckets.append(upper: upper, count: table[index].values[step])
                }
                if !buckets.isEmpty { row.set(step, value(histogram.metric, key, &buckets, step)) }
            }
        }
    }

    /// Sorts the rows into histograms: equal in all labels but the bucket's.
    private func histograms(_ table: RowTable, at range: SourceRange) -> [HistogramRows] {
        var numbers: [Labels: Int] = [:]
        var histograms: [HistogramRows] = []
        for index in 0..<table.count {
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
                histograms.append(HistogramRows(key: named, metric: key.labels.metricName ?? ""))
            }
            histograms[at].buckets.append((upper, index))
        }
        return histograms
    }
}
