import Model
import TSDB

extension Evaluator {
    /// The query's answer in the form the caller sees.
    func answer(_ expr: Expr, isRange: Bool) throws -> QueryValue {
        switch expr.type {
        case .string: return .string(time: grid.start, stringValue(expr))
        case .matrix: return .matrix(try samples(expr.unwrapped))
        case .scalar:
            let values = try scalars(expr)
            if !isRange { return .scalar(Sample(time: grid.start, value: values[0])) }
            return .matrix([MatrixSeries(labels: .empty, times: (0..<grid.count).map(grid.time), values: values)])
        case .vector:
            let table = try withoutDroppedNames(try table(expr))
            return isRange ? .matrix(try matrix(table)) : .vector(vector(table))
        }
    }

    private func stringValue(_ expr: Expr) -> String {
        if case .string(let node) = expr.unwrapped { return node.value }
        return ""
    }

    /// Carries out delayed name removal.
    private func withoutDroppedNames(_ table: RowTable) throws -> RowTable {
        guard context.delaysNameRemoval else { return try merged(table) }
        for index in 0..<table.count where table.keys[index].dropsName {
            table.setKey(index, RowKey(labels: table.keys[index].labels.droppingMetadata()))
        }
        return try merged(table)
    }

    private func vector(_ table: RowTable) -> [VectorSample] {
        (0..<table.count).compactMap { index in
            guard table[index].has(0) else { return nil }
            let value = table[index].values[0]
            let histogram = context.shelf.histogram(value)?.histogram
            return VectorSample(
                labels: table.keys[index].labels, sample: Sample(time: grid.start, value: histogram == nil ? value : .nan), histogram: histogram)
        }
    }

    private func matrix(_ table: RowTable) throws -> [MatrixSeries] {
        // The samples once more, as the caller's arrays.
        try context.account.take(bytes: (0..<table.count).reduce(0) { $0 + table[$1].presentCount } * QueryAccount.bytesPerSample)
        // Most series have a value at every step: one list of times does for them all.
        let everyTime = (0..<grid.count).map(grid.time)
        let series = (0..<table.count).compactMap { index -> MatrixSeries? in
            let row = table[index]
            let count = row.presentCount
            guard count > 0 else { return nil }
            let labels = table.keys[index].labels
            if count == grid.count, context.shelf.isEmpty {
                return MatrixSeries(labels: labels, times: everyTime, values: Array(UnsafeBufferPointer(start: row.values, count: count)))
            }
            return samples(row, count, labels)
        }
        return series.sorted { $0.labels < $1.labels }
    }

    private func samples(_ row: Row, _ count: Int, _ labels: Labels) -> MatrixSeries {
        var times: [Timestamp] = []
        var values: [Double] = []
        var histograms: [HistogramSample] = []
        times.reserveCapacity(count)
        values.reserveCapacity(count)
        row.forEach { step in
            if let histogram = context.shelf.histogram(row.values[step]) {
                histograms.append(HistogramSample(time: grid.time(step), histogram: histogram.histogram))
            } else {
                times.append(grid.time(step))
                values.append(row.values[step])
            }
        }
        return MatrixSeries(labels: labels, times: times, values: values, histograms: histograms)
    }

    /// The samples of a range selector or subquery at a single evaluation time.
    private func samples(_ expr: Expr) throws -> [MatrixSeries] {
        var series: [MatrixSeries] = []
        let ranged = try rangeOperand(expr)
        try ranged.forEachColumn { key, column in
            let end = ranged.frame.references.first
            let start = end - ranged.frame.range
            let inside = (0..<column.count).filter { column.times[$0] > start && column.times[$0] <= end }
            guard !inside.isEmpty else { return }
            try context.account.hold(inside.count)
            try context.account.take(bytes: inside.count * QueryAccount.bytesPerSample)
            let labels = key.dropsName ? key.labels.droppingMetadata() : key.labels
            let floats = inside.filter { !HistogramShelf.isMark(column.values[$0]) }
            let histograms = inside.compactMap { place in
                context.shelf.histogram(column.values[place]).map { HistogramSample(time: column.times[place], histogram: $0.histogram) }
            }
            series.append(
                MatrixSeries(labels: labels, times: floats.map { column.times[$0] }, values: floats.map { column.values[$0] }, histograms: histograms)
            )
        }
        if let set = ranged.tiers {
            var tiers: TierSelection = []
            let end = ranged.frame.references.first
            for index in 0..<set.count { tiers.formUnion(set.spans(index).tiers(from: end - ranged.frame.range, through: end)) }
            context.annotations.lastOfWindows(tiers, at: expr.range)
        }
        return series.sorted { $0.labels < $1.labels }
    }
}
