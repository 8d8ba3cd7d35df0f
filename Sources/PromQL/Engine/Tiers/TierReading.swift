import Model
import TSDB

/// How series are read of which tiers answer at least a part, and what is to be said of them.
final class TierReading {
    /// Computes some steps of a series' row, of which there is nothing yet.
    typealias Sweep = (TierSeries, Row, Range<Int>) -> Void

    /// Windows for the steps that need some. All other steps are computed from raw samples alone, as if there were no tiers.
    struct Sweeps {
        let parts: AggregateParts
        let references: ReferenceTimes
        /// How far back a step looks, milliseconds.
        let length: Int64
        /// Whether stale markers are not seen.
        let ofRanges: Bool
        let make: () -> Sweep

        /// The first step whose range begins where the last tier ends, or behind.
        fileprivate func firstRawStep(_ spans: TierSpans) -> Int {
            guard let end = spans.end else { return 0 }
            let first = references.first - length
            if first >= end { return 0 }
            guard references.stride > 0 else { return references.count }
            return Int(min((end - first + references.stride - 1) / references.stride, Int64(references.count)))
        }
    }

    enum Use {
        case windows(Sweeps)
        /// The first and the last sample of each window stand for all of them.
        case edges
        /// The last one does, as for whoever knows of no tiers.
        case lasts
    }

    let set: any TieredSeriesSet
    let use: Use
    /// Of the series used so far. Touched by the query's own thread alone.
    private(set) var notes = TierNotes()

    init(_ set: any TieredSeriesSet, _ use: Use) {
        self.set = set
        self.use = use
    }

    func take(_ place: TierPlace) { notes.add(place.series.notes) }

    func place(_ stash: ColumnStash) -> TierPlace {
        if case .windows(let sweeps) = use { return TierPlace(sweeps.make(), stash) }
        return TierPlace(nil, stash)
    }
}

/// What a place needs where tiers answer.
final class TierPlace {
    let series: TierSeries
    fileprivate let sweep: TierReading.Sweep?
    fileprivate var windowsRead: [Tier: Int] = [:]
    private let stash: ColumnStash

    fileprivate init(_ sweep: TierReading.Sweep?, _ stash: ColumnStash) {
        self.sweep = sweep
        self.stash = stash
        series = TierSeries(tail: stash.take())
    }

    deinit { stash.giveBack(series.tail) }

    /// Whether the series' row is computed as it is read.
    var sweeps: Bool { sweep != nil }

    fileprivate func countWindows() {
        windowsRead.removeAll(keepingCapacity: true)
        for span in series.spans.spans {
            let floats = series.windows.first(behind: span.end) - series.windows.first(behind: span.start)
            let histograms = series.histograms.count { $0.end > span.start && $0.end <= span.end }
            if floats + histograms > 0 { windowsRead[span.tier, default: 0] += floats + histograms }
        }
    }
}

extension QueryAccount {
    func decodedWindows(_ place: TierPlace) {
        for (tier, count) in place.windowsRead { decoded(count, of: tier) }
    }

    /// The same of samples that stand for windows.
    func decodedWindows(_ column: SampleColumn, _ spans: TierSpans) {
        for span in spans.spans {
            let count = (0..<column.count).count { column.times[$0] > span.start && column.times[$0] <= span.end }
            if count > 0 { decoded(count, of: span.tier) }
        }
    }
}

extension SeriesReading {
    /// Reads a series and computes its row, as `fill` where raw samples alone answer.
    func fill(_ index: Int, _ place: SeriesPlace, _ own: TierPlace, _ tiers: TierReading) throws {
        own.series.clear()
        own.series.spans = tiers.set.spans(index)
        if case .lasts = tiers.use { return try fillLasts(index, place) }
        try tiers.set.readHistogramWindows(index, from: from, through: through, into: &own.series.histograms)
        own.series.histograms.mergeOverlaps()
        switch tiers.use {
        case .edges: try fillEdges(index, place, own, tiers)
        case .windows(let sweeps): try fillRow(index, place, own, tiers, sweeps)
        case .lasts: break
        }
    }

    private func fillLasts(_ index: Int, _ place: SeriesPlace) throws {
        try set.readHistograms(index, from: from, through: through, into: place.histograms)
        try set.read(index, from: from, through: through, into: place.column)
        place.samplesRead = place.column.count
    }

    private func fillRow(_ index: Int, _ place: SeriesPlace, _ own: TierPlace, _ tiers: TierReading, _ sweeps: TierReading.Sweeps) throws {
        let series = own.series
        let steps = place.row.steps
        // Histograms are all in one list.
        let raw = series.histograms.isEmpty ? sweeps.firstRawStep(series.spans) : steps
        place.row.clear()
        if raw > 0 {
            let last = raw == steps ? through : sweeps.references[raw - 1]
            try tiers.set.readWindows(index, from: from, through: last, sweeps.parts, into: series.windows, tail: series.tail)
            series.prepare(forRanges: sweeps.ofRanges)
            own.sweep?(series, place.row, 0..<raw)
        }
        if raw < steps { try sweepRaw(index, place, raw..<steps, from: sweeps.references[raw] - sweeps.length + 1) }
        place.samplesRead += series.count + series.histograms.count
        place.isSwept = true
        own.countWindows()
    }

    private func sweepRaw(_ index: Int, _ place: SeriesPlace, _ steps: Range<Int>, from start: Timestamp) throws {
        guard let sweep = place.sweep else { return }
        if let windows = windows?.beginning(at: steps.lowerBound), windows.isLong { return try sweepInSlices(index, place, windows, sweep) }
        try set.read(index, from: start, through: through, into: place.column)
        sweep(place.column, place.row, steps)
        place.samplesRead += place.column.count
    }

    private func fillEdges(_ index: Int, _ place: SeriesPlace, _ own: TierPlace, _ tiers: TierReading) throws {
        let (series, column) = (own.series, place.column)
        let windows = series.windows
        try tiers.set.readWindows(index, from: from, through: through, .first, into: windows, tail: series.tail)
        windows.mergeOverlaps()
        for index in 0..<windows.count {
            if windows.counts[index] > 0 { windows.appendEdges(index, to: column) }
            if windows.staleTimes[index] != AggregateColumn.notStale { column.append(windows.staleTimes[index], StaleMarker.value) }
            if windows.counts[index] > 2 { series.note(approximateAt: windows.ends[index]) }
        }
        column.append(series.tail)
        for window in series.histograms {
            if window.count > 0 { place.histograms.append(window.firstTime, window.first) }
            if window.count > 1 { place.histograms.append(window.lastTime, window.last.withoutReset) }
            if let time = window.staleTime { place.histograms.append(time, .fractional(.staleMarker)) }
            if window.count > 2 { series.note(approximateAt: window.end) }
        }
        place.samplesRead = column.count
    }
}

extension TierSeries {
    fileprivate func note(approximateAt end: Timestamp) {
        if let tier = spans.tier(at: end) { notes.approximate.insert(TierSelection(tier)) }
    }
}

extension AggregateColumn {
    /// The first window that ends behind a time.
    fileprivate func first(behind time: Timestamp) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] > time { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
