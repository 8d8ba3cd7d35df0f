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

        /// Windows at once, about: what stays in a core's cache.
        private static let windows: Int64 = 2048
        /// How many times as long as a step's range a slice is at least: what two slices share is read twice.
        private static let ranges: Int64 = 4
        /// Longer than any data, and far from where calculating with it would overflow.
        private static let longest: Int64 = 1 << 45

        /// The end of the slice of steps that begins with one; those up to `end` need windows.
        fileprivate func slice(from begin: Int, to end: Int, _ spans: TierSpans) -> Int {
            let start = references[begin] - length
            guard references.stride > 0, length < Self.longest / Self.ranges, let last = spans.end,
                let span = spans.spans.first(where: { $0.end > start })
            else { return end }
            let limit = start + max(min(Self.windows * span.tier.resolution, span.end - start), Self.ranges * length)
            if limit >= last { return end }
            return min(begin + Int((limit - references[begin]) / references.stride) + 1, end)
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

    /// Counts what has been read of the series' windows that end behind a time. Returns how many there are, and samples.
    fileprivate func countWindows(behind time: Timestamp) -> Int {
        for span in series.spans.spans where span.end > time {
            let count = series.windows.first(behind: span.end) - series.windows.first(behind: max(span.start, time))
            if count > 0 { windowsRead[span.tier, default: 0] += count }
        }
        return series.count - series.windows.first(behind: time)
    }

    fileprivate func countHistograms() {
        for span in series.spans.spans {
            let count = series.histograms.count { $0.end > span.start && $0.end <= span.end }
            if count > 0 { windowsRead[span.tier, default: 0] += count }
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
        own.windowsRead.removeAll(keepingCapacity: true)
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
        try sweepWindows(index, place, own, tiers, sweeps, through: raw)
        if raw < steps { try sweepRaw(index, place, raw..<steps, from: sweeps.references[raw] - sweeps.length + 1) }
        place.samplesRead += series.histograms.count
        place.isSwept = true
        own.countHistograms()
    }

    /// Computes the steps that need windows, some at a time, as memory is slow.
    private func sweepWindows(
        _ index: Int, _ place: SeriesPlace, _ own: TierPlace, _ tiers: TierReading, _ sweeps: TierReading.Sweeps, through end: Int
    ) throws {
        let (series, references) = (own.series, sweeps.references)
        var begin = 0
        var counted = Timestamp.min
        while begin < end {
            let behind = series.histograms.isEmpty ? sweeps.slice(from: begin, to: end, series.spans) : end
            let start = begin == 0 ? from : references[begin] - sweeps.length + 1
            let last = behind == references.count ? through : references[behind - 1]
            series.removeFloats()
            try tiers.set.readWindows(index, from: start, through: last, sweeps.parts, into: series.windows, tail: series.tail)
            series.prepare(forRanges: sweeps.ofRanges)
            own.sweep?(series, place.row, begin..<behind)
            place.samplesRead += own.countWindows(behind: counted)
            counted = series.windows.count > 0 ? series.windows.ends[series.windows.count - 1] : counted
            begin = behind
        }
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
