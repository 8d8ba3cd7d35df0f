import Chunks
import Model
import Runtime
import TSDB

/// The series of one selection, read one after the other; on several threads, ahead of their turn, where that pays.
struct SeriesReading {
    /// Computes a series' row from its samples, if all of them are floats whose start times are not known.
    typealias Sweep = (SampleColumn, Row) -> Void

    let context: QueryContext
    let set: any SeriesSet
    let from: Timestamp
    let through: Timestamp
    /// See `Expr.selectorsWithoutBuckets`.
    let wantsBuckets: Bool

    /// Calls `use` with each series and its samples, in order.
    ///
    /// - Parameters:
    ///   - steps: how long the rows are that the sweeps fill.
    ///   - makeSweep: called for each place in which a series is worked on, so that a sweep may have memory of its own. Sweeps touch nothing else.
    func forEach(steps: Int, makeSweep: () -> Sweep?, _ use: (Labels, SeriesPlace) throws -> Void) throws {
        guard set.count > 0 else { return }
        let first = SeriesPlace(steps: steps, makeSweep(), context.stash)
        var done = 0
        var known: Int?
        if !isLong {
            try context.checkStop()
            fill(0, first)
            try finish(0, first, use)
            done = 1
            known = first.column.count
        }
        let left = set.count - done
        if let helpers = context.options.helpers, left > 1, left * (known ?? expected) >= Self.worthHelp {
            let count = min(left, max(helpers.threads + 2, min(64, Self.inFlight / max(known ?? expected, 1))))
            let places = [first] + (1..<count).map { _ in SeriesPlace(steps: steps, makeSweep(), context.stash) }
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
            try set.read(index, from: from, through: through, into: place.column)
            try set.readHistograms(index, from: from, through: through, into: place.histograms)
            try set.readStartTimes(index, from: from, through: through, into: &place.startTimes)
        } catch {
            place.error = error
            return
        }
        guard place.histograms.count == 0, place.startTimes.isEmpty, let sweep = place.sweep else { return }
        sweep(place.column, place.row)
        place.isSwept = true
    }

    private func finish(_ index: Int, _ place: SeriesPlace, _ use: (Labels, SeriesPlace) throws -> Void) throws {
        if let error = place.error { throw error }
        try context.shelf.clearing {
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
    fileprivate let sweep: SeriesReading.Sweep?
    /// Whether `row` has been computed.
    fileprivate(set) var isSwept = false
    fileprivate var error: (any Error)?
    private let stash: ColumnStash

    init(steps: Int, _ sweep: SeriesReading.Sweep?, _ stash: ColumnStash) {
        column = stash.take()
        scratch = ScratchRow(steps: steps)
        self.sweep = sweep
        self.stash = stash
    }

    deinit { stash.giveBack(column) }

    var row: Row { scratch.row }

    fileprivate func clear() {
        column.removeAll()
        histograms.removeAll()
        if !startTimes.isEmpty { startTimes = [:] }
        isSwept = false
        error = nil
    }
}

extension QueryContext {
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
    }
}
