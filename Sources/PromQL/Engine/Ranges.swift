import Model
import TSDB

/// A range vector: where its windows lie, and the series' samples, one column at a time.
struct RangeOperand {
    let frame: WindowFrame
    /// Calls its argument with each series and its samples, without stale markers; the column is reused.
    let forEachColumn: ((RowKey, SampleColumn) throws -> Void) throws -> Void
}

extension Evaluator {
    func rangeOperand(_ expr: Expr) throws -> RangeOperand {
        switch expr.unwrapped {
        case .matrix(let node): try rangeSelector(node)
        case .subquery(let node): try subquery(node)
        default: throw QueryError.execution("unexpected \(expr.type.documented) in place of a range vector")
        }
    }

    private func rangeSelector(_ node: MatrixSelector) throws -> RangeOperand {
        let range = try context.milliseconds(node.window, mustBePositive: true)
        let references = try references(offset: node.selector.offset, at: node.selector.at)
        let mode = node.selector.boundaries
        let lookback = mode == nil ? 0 : context.lookback
        let from = references.first - range - lookback + 1
        let through = references.last + (mode == .smoothed ? lookback : 0)
        let set = try context.select(node.selector.matchers, from: from, through: through)
        let frame = WindowFrame(references: references, range: range, grid: grid, boundaries: mode, lookback: lookback)
        return RangeOperand(frame: frame) { [context] sink in
            let wantsBuckets = !context.withoutBuckets.contains(node.selector.range.start)
            let column = SampleColumn()
            for index in 0..<set.count {
                try context.checkStop()
                try context.shelf.clearing {
                    try context.read(set, index, from: from, through: through, wantsBuckets: wantsBuckets, into: column)
                    column.removeStaleMarkers()
                    try context.account.decoded(column.count)
                    if column.count > 0 { try sink(RowKey(labels: set.labels(index)), column) }
                }
            }
        }
    }

    /// The inner expression is evaluated once over all times that any window needs, and its rows are the samples.
    private func subquery(_ node: Subquery) throws -> RangeOperand {
        let range = try context.milliseconds(node.window, mustBePositive: true)
        let step = try node.step.map { try context.milliseconds($0, mustBePositive: true) } ?? context.options.defaultSubqueryStep
        let references = try references(offset: node.offset, at: node.at)
        let inner = Evaluator(context, subqueryGrid(references, range: range, step: step))
        try context.account.check(inner.grid)
        return RangeOperand(frame: WindowFrame(references: references, range: range, grid: grid)) { [context] sink in
            guard inner.grid.count > 0 else { return }
            let column = SampleColumn(capacity: inner.grid.count)
            try inner.streamInstant(node.inner) { key, row in
                try context.checkStop()
                column.removeAll()
                context.startTimes = [:]
                if context.shelf.isEmpty {
                    row.forEach { column.append(inner.grid.time($0), row.values[$0]) }
                } else {
                    // Between the samples that are taken are others, in which counters may have been reset.
                    try row.forEachThrowing { column.append(inner.grid.time($0), try context.shelf.withoutResetHint(row.values[$0])) }
                }
                try context.account.decoded(0)
                if column.count > 0 { try sink(key, column) }
            }
        }
    }

    /// Streams a vector, or a scalar as a vector of one series without labels.
    private func streamInstant(_ expr: Expr, _ sink: Sink) throws {
        guard expr.type == .scalar else { return try stream(expr, sink) }
        let scratch = ScratchRow(steps: grid.count)
        for (step, value) in try scalars(expr).enumerated() { scratch.row.set(step, value) }
        try sink(RowKey(labels: .empty), scratch.row)
    }
}
