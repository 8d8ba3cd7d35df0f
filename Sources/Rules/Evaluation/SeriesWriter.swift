import Model
import PromQL
import TSDB

/// Where rules' results go.
public protocol RuleStorage: Sendable {
    func append(_ batch: inout AppendBatch) throws(StorageError) -> AppendOutcome
}

extension Head: RuleStorage {}

/// Writes one rule's series: one batch an evaluation, with stale markers for the series that the last one had and this one has not.
///
/// A series is known by a handle, which keeps the head's reference, so that in the steady state no labels are looked up. A handle that was not
/// put for an evaluation is given up.
struct SeriesWriter {
    private struct Series {
        var labels: Labels
        var reference: SeriesRef?
        /// The evaluation that has put it last.
        var round: UInt64
        /// Whether a sample of it was taken: otherwise there is nothing to end.
        var isStored = false
    }

    private struct Row {
        let handle: Int
        let value: Double
        let histogram: FloatHistogram?
    }

    /// What became of an evaluation's samples.
    struct Written {
        var outcome = AppendOutcome()
        var results = 0
        var markers = 0
        /// How many results were refused. Markers may be: another rule may have taken over the series.
        var refusedResults: Int { max(0, outcome.refused - markers) }
    }

    private var series: [Series] = []
    private var free: [Int] = []
    private var handles: [Labels: Int] = [:]
    /// What the last evaluation that was written has put.
    private var written: [Int] = []
    private var rows: [Row] = []
    private var round: UInt64 = 1
    private var batch = AppendBatch()

    /// The labels of all series that are being written.
    var current: [Labels] { written.lazy.filter { series[$0].isStored }.map { series[$0].labels } }

    /// The handle of a series, new or not. It is valid as long as it is put in every evaluation that is written.
    mutating func handle(for labels: Labels) -> Int {
        if let known = handles[labels] { return known }
        let new = Series(labels: labels, reference: nil, round: 0)
        let handle: Int
        if let reused = free.popLast() {
            series[reused] = new
            handle = reused
        } else {
            series.append(new)
            handle = series.count - 1
        }
        handles[labels] = handle
        return handle
    }

    /// Adds a value to the evaluation; false if the series has one already.
    @discardableResult
    mutating func put(_ handle: Int, _ value: Double, _ histogram: FloatHistogram? = nil) -> Bool {
        if series[handle].round == round { return false }
        series[handle].round = round
        rows.append(Row(handle: handle, value: value, histogram: histogram))
        return true
    }

    /// To be called when what follows goes to another storage.
    mutating func forgetReferences() {
        for handle in series.indices { series[handle].reference = nil }
    }

    /// Forgets what was put since the last evaluation, and the handles that it has brought.
    mutating func discard() {
        let kept = Set(written)
        for row in rows {
            series[row.handle].round = 0
            if !kept.contains(row.handle) { release(row.handle) }
        }
        rows.removeAll(keepingCapacity: true)
    }

    /// Writes what was put. If it throws, nothing was written and the series before it stay those to be ended.
    mutating func commit(at time: Timestamp, to storage: any RuleStorage) throws(StorageError) -> Written {
        let ended = written.filter { series[$0].round != round }
        defer { finish() }
        do {
            let result = try append(ended, time, storage)
            for handle in ended { release(handle) }
            written.removeAll(keepingCapacity: true)
            for row in rows {
                // One that the head has not, because it takes no new ones, needs no end.
                series[row.handle].isStored = series[row.handle].reference != nil
                written.append(row.handle)
            }
            return result
        } catch {
            let known = Set(written)
            written += rows.lazy.map(\.handle).filter { !known.contains($0) }
            throw error
        }
    }

    private mutating func finish() {
        rows.removeAll(keepingCapacity: true)
        round += 1
    }

    private mutating func release(_ handle: Int) {
        handles[series[handle].labels] = nil
        free.append(handle)
    }

    private mutating func append(_ ended: [Int], _ time: Timestamp, _ storage: any RuleStorage) throws(StorageError) -> Written {
        let markers = ended.filter { series[$0].isStored }
        guard !rows.isEmpty || !markers.isEmpty else { return Written() }
        while true {
            let (new, floats, histograms) = fill(markers, time)
            let outcome = try storage.append(&batch)
            for (handle, index) in new { series[handle].reference = batch.reference(ofNew: index) }
            if outcome.unknown.isEmpty, outcome.unknownHistograms.isEmpty {
                return Written(outcome: outcome, results: rows.count, markers: markers.count)
            }
            // The head has dropped these series; by their labels they come again.
            for position in outcome.unknown { series[floats[position]].reference = nil }
            for position in outcome.unknownHistograms { series[histograms[position]].reference = nil }
        }
    }

    /// Fills the batch. Gives the series added by labels with their places, and the handles by position.
    private mutating func fill(_ markers: [Int], _ time: Timestamp) -> (new: [(handle: Int, index: Int)], floats: [Int], histograms: [Int]) {
        batch.removeAll()
        batch.refusesOutOfOrder = true
        var new: [(handle: Int, index: Int)] = []
        var floats: [Int] = []
        var histograms: [Int] = []
        floats.reserveCapacity(rows.count + markers.count)
        for row in rows {
            let one = series[row.handle]
            if let histogram = row.histogram {
                histograms.append(row.handle)
                if let reference = one.reference {
                    batch.add(reference, time, .fractional(histogram))
                } else {
                    new.append((row.handle, batch.add(one.labels, time, .fractional(histogram))))
                }
                continue
            }
            floats.append(row.handle)
            if let index = add(row.handle, time, row.value) { new.append((row.handle, index)) }
        }
        for handle in markers {
            floats.append(handle)
            if let index = add(handle, time, StaleMarker.value) { new.append((handle, index)) }
        }
        return (new, floats, histograms)
    }

    /// Gives the place among the batch's labels if there is no reference yet.
    private mutating func add(_ handle: Int, _ time: Timestamp, _ value: Double) -> Int? {
        if let reference = series[handle].reference {
            batch.add(reference, time, value)
            return nil
        }
        return batch.add(series[handle].labels, time, value)
    }
}

/// Ends series that no rule writes any more.
enum StaleSeries {
    /// Gives the number of markers taken; others are refused where another rule goes on with the series.
    static func end(_ labels: [Labels], at time: Timestamp, in storage: any RuleStorage) throws(StorageError) -> Int {
        if labels.isEmpty { return 0 }
        var batch = AppendBatch()
        batch.refusesOutOfOrder = true
        for one in labels { batch.add(one, time, StaleMarker.value) }
        return try storage.append(&batch).appended
    }
}
