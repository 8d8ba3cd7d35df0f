import Model

/// `sum` and `avg` of native histograms, beside a fold of floats: a cell for each group and step that has some.
final class HistogramFold {
    private enum Cell {
        case sum(HistogramSum)
        case mean(HistogramMean)
        case refused
    }

    private let context: QueryContext
    private let isMean: Bool
    private let place: SourceRange
    private var cells: [Place: Cell] = [:]
    private var bytes = 0

    private struct Place: Hashable {
        let group: Int
        let step: Int
    }

    init(_ context: QueryContext, _ node: Aggregation) {
        self.context = context
        isMean = node.op == .avg
        place = node.operand.range
    }

    deinit { context.account.giveBack(bytes: bytes) }

    /// Takes the histograms out of a row.
    func take(_ row: Row, of key: RowKey, to group: Int) throws {
        try row.forEachThrowing { step in
            guard let histogram = context.shelf.histogram(row.values[step]) else { return }
            if cells[Place(group: group, step: step)] == nil { try account(histogram) }
            add(histogram, to: Place(group: group, step: step), key.labels.metricName ?? "")
            row.remove(step)
        }
    }

    /// A cell has about the size of the first histogram in it.
    private func account(_ histogram: SparseHistogram) throws {
        let size = histogram.weight * QueryAccount.bytesPerSample
        bytes += size
        try context.account.take(bytes: size)
    }

    private func add(_ histogram: SparseHistogram, to place: Place, _ metric: String) {
        do throws(MixedSchemas) {
            // Taken out, so that it is changed in place and not copied.
            switch cells.removeValue(forKey: place) {
            case nil: cells[place] = isMean ? .mean(HistogramMean(histogram)) : .sum(HistogramSum(histogram))
            case .sum(var sum):
                try sum.add(histogram)
                cells[place] = .sum(sum)
            case .mean(var mean):
                try mean.add(histogram)
                cells[place] = .mean(mean)
            case .refused: cells[place] = .refused
            }
        } catch {
            context.annotations.mixedSchemas(metric, at: self.place)
            cells[place] = .refused
        }
    }

    /// Puts the results into the table of the floats' results. Where there are both, there is no result.
    func deliver(to table: RowTable) throws {
        for (place, cell) in cells.sorted(by: { ($0.key.group, $0.key.step) < ($1.key.group, $1.key.step) }) {
            let row = table[place.group]
            if row.has(place.step) {
                context.annotations.mixedInAggregation(at: self.place)
                row.remove(place.step)
                continue
            }
            switch cell {
            case .sum(let sum):
                note(sum)
                row.set(place.step, try context.shelf.put(sum.result()))
            case .mean(let mean):
                note(mean.sum)
                row.set(place.step, try context.shelf.put(mean.result))
            case .refused: break
            }
        }
    }

    private func note(_ sum: HistogramSum) {
        if sum.reconciled { context.annotations.reconciledBounds("aggregation", at: place) }
        if sum.hasConflictingResets { context.annotations.conflictingResets("aggregation", at: place) }
    }
}
