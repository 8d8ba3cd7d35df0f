import Model
import TSDB

extension Evaluator {
    /// Streams the series of an instant selector of which tiers answer at least a part.
    func readTiers(
        _ set: any TieredSeriesSet, _ node: VectorSelector, _ references: ReferenceTimes, _ aspect: SampleAspect, _ plain: SeriesReading,
        _ makeSweep: () -> SeriesReading.Sweep, _ sink: Sink
    ) throws {
        let lookback = context.lookback
        var reading = plain
        let sweeps = TierReading.Sweeps(parts: .first, references: references, length: lookback, ofRanges: false) {
            { series, row, steps in row.lookBack(series, references, steps, lookback: lookback, aspect: aspect == .time ? .time : .value) }
        }
        let tiers = TierReading(set, .windows(sweeps))
        reading.tiers = tiers
        try reading.forEach(steps: grid.count, makeSweep: makeSweep) { labels, place in
            guard let series = place.tiers?.series else { return }
            try context.account.decoded(place.samplesRead)
            let row = place.row
            if !series.histograms.isEmpty { try lookBack(series, references, aspect, into: row) }
            if aspect == .startTime { row.forEach { row.values[$0] = 0 } }
            if !row.isEmpty { try sink(RowKey(labels: labels), row) }
        }
        context.annotations.firstOfWindow(tiers.notes.cut, at: node.range)
    }

    /// Puts histograms into a row that has the series' floats. At each step the newer sample counts.
    private func lookBack(_ series: TierSeries, _ references: ReferenceTimes, _ aspect: SampleAspect, into row: Row) throws {
        let numbers = TierSeries()
        numbers.fill(numbering: series)
        let (found, times, floatTimes) = (ScratchRow(steps: row.steps), ScratchRow(steps: row.steps), ScratchRow(steps: row.steps))
        found.row.lookBack(numbers, references, 0..<row.steps, lookback: context.lookback, aspect: .value)
        times.row.lookBack(numbers, references, 0..<row.steps, lookback: context.lookback, aspect: .time)
        if !row.isEmpty { floatTimes.row.lookBack(series, references, 0..<row.steps, lookback: context.lookback, aspect: .time) }
        series.notes.add(numbers.notes)
        var marks = TierHistogramMarks(series.histograms, context.shelf)
        try found.row.forEachThrowing { step in
            if row.has(step), floatTimes.row.values[step] > times.row.values[step] { return }
            row.set(step, aspect == .value ? try marks.mark(found.row.values[step]) : times.row.values[step])
        }
    }
}

extension Row {
    /// At each step the newest sample known within `(time - lookback, time]`, none if a stale marker follows it up to the time.
    func lookBack(_ series: TierSeries, _ references: ReferenceTimes, _ steps: Range<Int>, lookback: Int64, aspect: SampleAspect) {
        var cursor = TierLookBack(series, lookback: lookback)
        for step in steps {
            guard let sample = cursor.newest(at: references[step]) else { continue }
            set(step, aspect == .value ? sample.value : Double(sample.time) / 1000)
        }
    }
}

/// Finds the newest sample of a series at times that rise.
private struct TierLookBack {
    private let series: TierSeries
    private let lookback: Int64
    /// The first window, and the first sample of the tail, of which nothing is known up to the time.
    private var next = 0
    private var nextInTail = 0

    init(_ series: TierSeries, lookback: Int64) {
        self.series = series
        self.lookback = lookback
    }

    mutating func newest(at time: Timestamp) -> Sample? {
        let columns = series.columns
        while nextInTail < columns.samples, columns.times[nextInTail] <= time { nextInTail += 1 }
        if nextInTail > 0 {
            let newest = Sample(time: columns.times[nextInTail - 1], value: columns.values[nextInTail - 1])
            return StaleMarker.isStale(newest.value) || newest.time <= time - lookback ? nil : newest
        }
        while next < columns.windows, begin(next) <= time { next += 1 }
        guard next > 0, columns.counts[next - 1] > 0 else { return nil }
        return columns.lastTimes[next - 1] <= time ? last(of: next - 1, at: time) : first(of: next - 1, at: time)
    }

    /// When there is first anything in a window.
    private func begin(_ index: Int) -> Timestamp {
        series.columns.counts[index] > 0 ? series.columns.firstTimes[index] : series.columns.staleTimes[index]
    }

    private func last(of index: Int, at time: Timestamp) -> Sample? {
        let columns = series.columns
        let isStale = columns.staleTimes[index] != AggregateColumn.notStale && columns.staleTimes[index] <= time
        if isStale || columns.lastTimes[index] <= time - lookback { return nil }
        return Sample(time: columns.lastTimes[index], value: columns.lasts[index])
    }

    /// Between a window's first and last sample the first answers, however long ago it was: nothing tells that there was none since, unless the two
    /// are all there are.
    private func first(of index: Int, at time: Timestamp) -> Sample? {
        let columns = series.columns
        let first = Sample(time: columns.firstTimes[index], value: columns.firsts[index])
        if first.time <= time - lookback, columns.counts[index] == 2 { return nil }
        if first.time < time, let tier = series.spans.tier(at: columns.ends[index]) { series.notes.cut.insert(TierSelection(tier)) }
        return first
    }
}
