import Model
import TSDB

/// A range vector: where its windows lie, and the series' samples, one column at a time.
struct RangeOperand {
    /// Receives a series and its samples, without stale markers; the column is reused.
    typealias Sink = (RowKey, SampleColumn) throws -> Void

    let frame: WindowFrame
    /// The series, if tiers answer for a part of them.
    var tiers: (any TieredSeriesSet)?
    fileprivate let samples: Samples

    fileprivate enum Samples {
        case series(SeriesReading)
        case subquery((Sink) throws -> Void)
    }

    func forEachColumn(_ sink: Sink) throws {
        switch samples {
        case .subquery(let columns): try columns(sink)
        case .series(var reading):
            if let tiers, reading.tiers == nil { reading.tiers = TierReading(tiers, .lasts) }
            try Self.forEach(reading, steps: 0, makeSweep: { { column, _, _ in column.removeStaleMarkers() } }) { key, column, _ in
                try sink(key, column)
            }
        }
    }

    /// Calls `sink` with each column and, where the sweep could be made, its row. Sweeps are made on several threads, each place with one of its own.
    func forEachColumn(makeSweep: () -> SeriesReading.Sweep, _ sink: (RowKey, SampleColumn, Row?) throws -> Void) throws {
        switch samples {
        case .subquery(let columns): try columns { key, column in try sink(key, column, nil) }
        case .series(var reading):
            reading.windows = WindowSlices(frame.references, length: frame.range)
            try Self.forEach(reading, steps: frame.grid.count, makeSweep: { Self.withoutStaleMarkers(makeSweep()) }, sink)
        }
    }

    /// Calls `sink` with the place of each series, whose row has been computed: where raw samples alone answer by the sweep.
    func forEachRow(_ tiers: TierReading, makeSweep: () -> SeriesReading.Sweep, _ sink: (Labels, SeriesPlace) throws -> Void) throws {
        guard case .series(var reading) = samples else { return }
        reading.windows = WindowSlices(frame.references, length: frame.range)
        reading.tiers = tiers
        try reading.forEach(steps: frame.grid.count, makeSweep: { Self.withoutStaleMarkers(makeSweep()) }) { labels, place in
            try reading.context.account.decoded(place.samplesRead)
            if place.samplesRead > 0 { try sink(labels, place) }
        }
    }

    private static func withoutStaleMarkers(_ sweep: @escaping SeriesReading.Sweep) -> SeriesReading.Sweep {
        { column, row, steps in
            column.removeStaleMarkers()
            sweep(column, row, steps)
        }
    }

    /// Of tiers, where the first and the last samples of their windows stand for all.
    var edges: TierReading? {
        if case .series(let reading) = samples { reading.tiers } else { nil }
    }

    private static func forEach(
        _ reading: SeriesReading, steps: Int, makeSweep: () -> SeriesReading.Sweep, _ sink: (RowKey, SampleColumn, Row?) throws -> Void
    ) throws {
        try reading.forEach(steps: steps, makeSweep: makeSweep) { labels, place in
            if !place.isSwept { place.column.removeStaleMarkers() }
            let count = place.isSwept ? place.samplesRead : place.column.count
            try reading.context.account.decoded(count)
            if let series = place.tiers?.series { reading.context.account.decodedWindows(place.column, series.spans) }
            if count > 0 { try sink(RowKey(labels: labels), place.column, place.isSwept ? place.row : nil) }
        }
    }
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
        let windows = mode == nil ? references.windows(range) : nil
        let set = try context.select(node.selector.matchers, from: from, through: through, windows: windows, for: grid)
        let tiered = set as? any TieredSeriesSet
        var reading = SeriesReading(
            context: context, set: set, from: from, through: through, wantsBuckets: !context.withoutBuckets.contains(node.selector.range.start))
        if let tiered, mode != nil { reading.tiers = TierReading(tiered, .edges) }
        let frame = WindowFrame(references: references, range: range, grid: grid, boundaries: mode, lookback: lookback, stop: context.stop)
        return RangeOperand(frame: frame, tiers: tiered, samples: .series(reading))
    }

    /// The inner expression is evaluated once over all times that any window needs, and its rows are the samples.
    private func subquery(_ node: Subquery) throws -> RangeOperand {
        let range = try context.milliseconds(node.window, mustBePositive: true)
        let step = try node.step.map { try context.milliseconds($0, mustBePositive: true) } ?? context.options.defaultSubqueryStep
        let references = try references(offset: node.offset, at: node.at)
        let inner = Evaluator(context, subqueryGrid(references, range: range, step: step))
        try context.account.check(inner.grid)
        let frame = WindowFrame(references: references, range: range, grid: grid, stop: context.stop)
        return RangeOperand(
            frame: frame,
            samples: .subquery { [context] sink in
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
            })
    }

    /// Streams a vector, or a scalar as a vector of one series without labels.
    private func streamInstant(_ expr: Expr, _ sink: Sink) throws {
        guard expr.type == .scalar else { return try stream(expr, sink) }
        let scratch = ScratchRow(steps: grid.count)
        for (step, value) in try scalars(expr).enumerated() { scratch.row.set(step, value) }
        try sink(RowKey(labels: .empty), scratch.row)
    }
}
