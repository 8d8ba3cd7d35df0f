import Chunks
import Model
import Runtime
import TSDB

/// The series of one selection, read one after the other; on several threads, ahead of their turn, where that pays.
struct SeriesReading {
    /// Computes some steps of a series' row from its samples, if all of them are floats whose start times are not known. The row is empty before.
    typealias Sweep = (SampleColumn, Row, Range<Int>) -> Void

    let context: QueryContext
    let set: any SeriesSet
    let from: Timestamp
    let through: Timestamp
    /// See `Expr.selectorsWithoutBuckets`.
    let wantsBuckets: Bool
    /// Where a sweep's windows lie; nil if sweeps need all samples at once.
    var windows: WindowSlices?
    /// Where tiers answer at least a part; nil: raw samples alone do.
    var tiers: TierReading?

    /// Calls `use` with each series and its samples, in order.
    ///
    /// - Parameters:
    ///   - steps: how long the rows are that the sweeps fill.
    ///   - makeSweep: called for each place in which a series is worked on, so that a sweep may have memory of its own. Sweeps touch nothing else.
    func forEach(steps: Int, makeSweep: () -> Sweep?, _ use: (Labels, SeriesPlace) throws -> Void) throws {
        guard set.count > 0 else { return }
        func makePlace() -> SeriesPlace { SeriesPlace(steps: steps, makeSweep(), context.stash, tiers?.place(context.stash)) }
        let first = makePlace()
        var done = 0
        var known: Int?
        if !isLong {
            try context.checkStop()
            fill(0, first)
            try finish(0, first, use)
            done = 1
            known = first.samplesRead
        }
        let left = set.count - done
        if let helpers = context.options.helpers, left > 1, left * (known ?? expected) >= Self.worthHelp {
            let count = min(left, max(helpers.threads + Self.spare, min(64, Self.inFlight / max(known ?? expected, 1))))
            let places = [first] + (1..<count).map { _ in makePlace() }
            return try readAhead(done, places, helpers, use)
        }
        for index in done..<set.count {
            try context.checkStop()
            fill(index, first)
            try finish(index, first, use)
        }
    }

    /// Samples that take about as long as it takes to wake another thread ten times.
    private static let worthHelp = 20_000
    /// Samples that may wait for their use: what stays in a core's cache.
    private static let inFlight = 20_000

    /// Series that may wait for their use however long they are: whoever helps and finds no room goes to sleep, which costs more than room.
    private static let spare = 6

    /// How many samples a series has, if it has one a minute.
    private var expected: Int { Int((through - from) / 60_000) }
    /// Whether so few series are so long that it is too late for help after the first.
    private var isLong: Bool { self.set.count <= 16 && set.count * expected >= Self.worthHelp }

    private func readAhead(
        _ start: Int, _ places: [SeriesPlace], _ helpers: WorkerPool, _ use: (Labels, SeriesPlace) throws -> Void
    ) throws {
        let ahead = WorkAhead(start..<set.count, places) { [self] index, place in fill(index, place) }
        defer { ahead.close() }
        for _ in 0..<min(helpers.threads, set.count - start - 1) { helpers.submit { [weak ahead] in ahead?.help() } }
        for index in start..<set.count {
            try context.checkStop()
            try finish(index, ahead.take(index), use)
            ahead.giveBack(index)
        }
    }

    /// Reads a series and computes its row. Touches nothing but its place: other threads do this too.
    private func fill(_ index: Int, _ place: SeriesPlace) {
        place.clear()
        do {
            if let tiers, let own = place.tiers { return try fill(index, place, own, tiers) }
            try set.readHistograms(index, from: from, through: through, into: place.histograms)
            try set.readStartTimes(index, from: from, through: through, into: &place.startTimes)
            let isPlain = place.histograms.count == 0 && place.startTimes.isEmpty
            if isPlain, let sweep = place.sweep, let windows, windows.isLong {
                place.row.clear()
                try sweepInSlices(index, place, windows, sweep)
            } else {
                try set.read(index, from: from, through: through, into: place.column)
                if isPlain, let sweep = place.sweep { place.sweepAll(sweep) }
                place.samplesRead = place.column.count
            }
        } catch {
            place.error = error
        }
    }

    /// Long series are read a part at a time, so that what is worked on stays in a core's cache, and memory does not grow with the range.
    func sweepInSlices(_ index: Int, _ place: SeriesPlace, _ windows: WindowSlices, _ sweep: Sweep) throws {
        let column = place.column
        var slices = windows
        var readThrough = from - 1
        while let slice = slices.next() {
            // Whoever uses the row looks too, and finds the same.
            if context.stop?.isSetOff == true { return }
            column.removeFirst(through: slice.start)
            let kept = column.count
            let start = max(readThrough, slice.start) + 1
            if start <= slice.end {
                try set.read(index, from: start, through: slice.end, into: column)
                readThrough = slice.end
            }
            sweep(column, place.row, slice.steps)
            place.samplesRead += column.count - kept
            slices.adapt(to: column.count)
        }
        place.isSwept = true
        place.isPartial = true
    }

    private func finish(_ index: Int, _ place: SeriesPlace, _ use: (Labels, SeriesPlace) throws -> Void) throws {
        if let error = place.error { throw error }
        try context.shelf.clearing {
            defer { if let tiers, let own = place.tiers { tiers.take(own) } }
            if let own = place.tiers {
                context.account.decodedWindows(own)
                if own.sweeps { return try use(set.labels(index), context.takeInRow(place)) }
            }
            if place.isPartial, !context.shelf.isEmpty {
                // A float may look like a histogram's mark.
                place.clear()
                try set.read(index, from: from, through: through, into: place.column)
                place.samplesRead = place.column.count
            }
            try context.takeIn(place, wantsBuckets: wantsBuckets)
            try use(set.labels(index), place)
        }
    }
}

/// Where a series is read and worked on.
final class SeriesPlace {
    let column: SampleColumn
    let histograms = HistogramColumn()
    /// Of the samples, by their times, as far as they are known.
    var startTimes: [Timestamp: Timestamp] = [:]
    private let scratch: ScratchRow
    let sweep: SeriesReading.Sweep?
    let tiers: TierPlace?
    /// Whether `row` has been computed.
    var isSwept = false
    /// Whether `column` has only the last samples of the series.
    fileprivate var isPartial = false
    /// Of the series, histograms and, where the sweep removes them, stale markers not counted.
    var samplesRead = 0
    fileprivate var error: (any Error)?
    private let stash: ColumnStash

    init(steps: Int, _ sweep: SeriesReading.Sweep?, _ stash: ColumnStash, _ tiers: TierPlace?) {
        column = stash.take()
        scratch = ScratchRow(steps: steps)
        self.sweep = sweep
        self.tiers = tiers
        self.stash = stash
    }

    deinit { stash.giveBack(column) }

    var row: Row { scratch.row }

    fileprivate func sweepAll(_ sweep: SeriesReading.Sweep) {
        row.clear()
        sweep(column, row, 0..<row.steps)
        isSwept = true
    }

    fileprivate func clear() {
        column.removeAll()
        histograms.removeAll()
        if !startTimes.isEmpty { startTimes = [:] }
        isSwept = false
        isPartial = false
        samplesRead = 0
        error = nil
    }
}

extension QueryContext {
    /// Looks through a row that was computed beside the query's own thread: a float in it may look like a histogram's mark.
    fileprivate func takeInRow(_ place: SeriesPlace) -> SeriesPlace {
        startTimes = [:]
        if shelf.isEmpty, place.tiers?.series.histograms.isEmpty ?? true { return place }
        let row = place.row
        row.forEach { if HistogramShelf.isMark(row.values[$0]) { row.values[$0] = .nan } }
        return place
    }

    /// Makes a series' histograms and start times known, on the query's own thread.
    func takeIn(_ place: SeriesPlace, wantsBuckets: Bool) throws {
        startTimes = place.startTimes
        guard place.histograms.count > 0 || !shelf.isEmpty else { return }
        let column = place.column
        for i in 0..<column.count where HistogramShelf.isMark(column.values[i]) {
            column.values[i] = .nan
            place.isSwept = false
        }
        try mergeHistograms(place.histograms, into: column, withoutBuckets: !wantsBuckets)
        place.samplesRead = column.count
    }
}
