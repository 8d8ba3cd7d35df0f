import Model
import TSDB

extension Evaluator {
    /// Streams the series of an instant selector. A selector that the query repeats is read once.
    func streamSelector(_ node: VectorSelector, aspect: SampleAspect = .value, _ sink: Sink) throws {
        let references = try references(offset: node.offset, at: node.at)
        let key = InstantKey(
            matchers: QueryContext.spelling(node.matchers), first: references.first, stride: references.stride, count: references.count,
            boundaries: node.boundaries, aspect: aspect, wantsBuckets: !context.withoutBuckets.contains(node.range.start),
            coarsest: context.resolution.coarsest(grid))
        if let known = context.instantRows[key] {
            let scratch = ScratchRow(steps: grid.count)
            for index in 0..<known.count {
                scratch.row.copy(from: known[index])
                try sink(known.keys[index], scratch.row)
            }
        } else if context.repeatedSelectors.contains(key.matchers) {
            let rows = try collect { try readSelector(node, references, aspect: aspect, $0) }
            context.instantRows[key] = rows
            try streamSelector(node, aspect: aspect, sink)
        } else {
            try readSelector(node, references, aspect: aspect, sink)
        }
    }

    private func readSelector(_ node: VectorSelector, _ references: ReferenceTimes, aspect: SampleAspect, _ sink: Sink) throws {
        let lookback = context.lookback
        let smoothed = node.boundaries == .smoothed
        let from = references.first - lookback + 1
        let through = references.last + (smoothed ? lookback : 0)
        let set = try context.select(
            node.matchers, from: from, through: through, windows: smoothed ? nil : references.windows(lookback), for: grid)
        var reading = SeriesReading(
            context: context, set: set, from: from, through: through, wantsBuckets: !context.withoutBuckets.contains(node.range.start),
            windows: WindowSlices(references, length: lookback))
        let lookBack: SeriesReading.Sweep = { column, row, steps in
            row.lookBack(column, references, steps, lookback: lookback, aspect: aspect == .time ? .time : .value)
        }
        if let tiered = set as? any TieredSeriesSet {
            if !smoothed { return try readTiers(tiered, node, references, aspect, reading, { lookBack }, sink) }
            reading.tiers = TierReading(tiered, .edges)
        }
        try reading.forEach(steps: grid.count, makeSweep: { smoothed || aspect == .startTime ? nil : lookBack }) { labels, place in
            let (column, row) = (place.column, place.row)
            try context.account.decoded(place.samplesRead)
            if let series = place.tiers?.series { context.account.decodedWindows(column, series.spans) }
            if aspect == .startTime { tellStartTimes(column) }
            if smoothed {
                try interpolate(column, references, into: row, labels, at: node.range)
            } else if !place.isSwept {
                row.clear()
                lookBack(column, row, 0..<row.steps)
            }
            if !row.isEmpty { try sink(RowKey(labels: labels), row) }
        }
        if let tiers = reading.tiers { context.annotations.approximated("smoothed", tiers.notes.approximate, at: node.range) }
    }
}

extension Evaluator {
    /// Puts the start times in the place of the values.
    private func tellStartTimes(_ column: SampleColumn) {
        for i in 0..<column.count where !StaleMarker.isStale(column.values[i]) {
            column.values[i] = Double(context.startTimes[column.times[i]] ?? 0) / 1000
        }
    }

    private func interpolate(_ column: SampleColumn, _ references: ReferenceTimes, into row: Row, _ labels: Labels, at place: SourceRange) throws {
        column.removeStaleMarkers()
        if context.shelf.isEmpty || !column.hasHistograms() { return row.interpolate(column, references, lookback: context.lookback) }
        try interpolateHistograms(column, references, into: row, labels.metricName ?? "", at: place)
    }

    /// As `Row.interpolate`, where there are histograms among the samples.
    private func interpolateHistograms(
        _ column: SampleColumn, _ references: ReferenceTimes, into row: Row, _ metric: String, at place: SourceRange
    ) throws {
        row.clear()
        var next = 0
        for step in 0..<row.steps {
            let time = references[step]
            while next < column.count, column.times[next] <= time { next += 1 }
            guard next > 0, column.times[next - 1] > time - context.lookback else { continue }
            let before = next - 1
            let value = column.values[before]
            if column.times[before] == time || next == column.count || column.times[next] >= time + context.lookback {
                row.set(step, value)
                continue
            }
            switch (context.shelf.histogram(value), context.shelf.histogram(column.values[next])) {
            case (nil, nil): row.set(step, column.line(before, next, at: time))
            case (let earlier?, let later?):
                let share = Double(time - column.times[before]) / Double(column.times[next] - column.times[before])
                do {
                    let histogram = try earlier.line(to: later, share: share, isCounter: !earlier.isGauge && !later.isGauge)
                    row.set(step, try context.shelf.put(histogram))
                } catch is MixedSchemas {
                    context.annotations.mixedSchemas(metric, at: place)
                }
            default: context.annotations.mixedSamples(metric, at: place)
            }
        }
    }
}

extension Row {
    /// At each of some steps, of which there is nothing yet, the newest sample within `(time - lookback, time]`, none if that is a stale marker.
    func lookBack(_ column: SampleColumn, _ references: ReferenceTimes, _ steps: Range<Int>, lookback: Int64, aspect: SampleAspect) {
        let times = column.times
        let values = column.values
        let count = column.count
        var next = 0
        for step in steps {
            let time = references[step]
            while next < count, times[next] <= time { next &+= 1 }
            guard next > 0, times[next &- 1] > time &- lookback else { continue }
            let value = values[next &- 1]
            if StaleMarker.isStale(value) { continue }
            set(step, aspect == .value ? value : Double(times[next &- 1]) / 1000)
        }
    }

    /// At each step the value on the line between the samples before and after, or the one before alone.
    func interpolate(_ column: SampleColumn, _ references: ReferenceTimes, lookback: Int64) {
        clear()
        var next = 0
        for step in 0..<steps {
            let time = references[step]
            while next < column.count, column.times[next] <= time { next += 1 }
            guard next > 0, column.times[next - 1] > time - lookback else { continue }
            let before = next - 1
            let isExact = column.times[before] == time || next == column.count || column.times[next] >= time + lookback
            set(step, isExact ? column.values[before] : column.line(before, next, at: time))
        }
    }
}

extension SampleColumn {
    /// The value at `time` on the straight line between two samples.
    func line(_ before: Int, _ after: Int, at time: Timestamp) -> Double {
        let part = Double(time - times[before]) / Double(times[after] - times[before])
        return values[before] + (values[after] - values[before]) * part
    }
}
