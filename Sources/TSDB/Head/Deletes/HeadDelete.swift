public import Model
import Synchronization

extension Head {
    /// Deletes the samples of the matching series with `range.from ≤ time ≤ range.through`; series that have none left leave the head.
    ///
    /// Returns how many samples went. Queries and label listings show it at once, and a restart does not bring them back; samples of that time that
    /// come later are taken like all others. Must not be called while a block is being written from the head. Throws `StorageError` if the logs
    /// cannot be written; nothing is deleted then.
    public func delete(_ matchers: [Matcher], _ range: TimeRange) throws(StorageError) -> Int {
        try commit.withLock { _ throws(StorageError) -> Int in
            let targets = index.reading { matching(matchers) }.compactMap { target($0, range) }
            guard !targets.isEmpty else { return 0 }
            try log?.write(targets.map(\.tombstone), outOfOrder: targets.filter(\.isOutOfOrder).map(\.tombstone), of: [])
            for target in targets { core.noteDeleted(target.tombstone.range) }
            return remove(targets)
        }
    }

    /// Writes to the logs that the samples of some series with times in `range` are deleted, whether the head has the series or not: for samples that
    /// are in blocks, and in the logs still. A series that is not there gets a reference that nothing else will have.
    func logDeletion(of series: [Labels], _ range: TimeRange) throws(StorageError) {
        guard let log else { return }
        try commit.withLock { _ throws(StorageError) in
            var deletion = LoggedDeletion()
            index.reading {
                for labels in series {
                    if let slot = core.find(labels) {
                        deletion.add(core.series[slot].pointee.ref, range, through: latest(slot))
                    } else {
                        deletion.add(labels, core.takeRef(), range)
                    }
                }
            }
            try log.write(deletion.inOrder, outOfOrder: deletion.outOfOrder, of: deletion.unknown)
            if !series.isEmpty { core.noteDeleted(range) }
            index.writing { core.departures.note(deletion.unknown.map(\.ref)) }
        }
    }

    /// No sample of a series that came in order is later, and those to come are.
    private func latest(_ slot: UInt32) -> Timestamp {
        let record = core.series[slot].pointee
        let end = record.flags.contains(.endDeleted) ? record.openStart : record.timeRange?.last
        return max(end ?? .min, max(core.floor, core.appendFloor).earlier(by: 1))
    }

    private struct LoggedDeletion {
        var inOrder: [WALTombstone] = []
        var outOfOrder: [WALTombstone] = []
        var unknown: [(ref: UInt64, labels: Labels)] = []

        /// What comes in order from now on may stand in the head's chunk files, which a replay has before it meets the deletion: so that reaches no
        /// further than `latest`.
        mutating func add(_ ref: UInt64, _ range: TimeRange, through latest: Timestamp) {
            outOfOrder.append(WALTombstone(reference: ref, range: range))
            guard range.from <= latest else { return }
            inOrder.append(WALTombstone(reference: ref, range: TimeRange(from: range.from, through: min(range.through, latest))))
        }

        mutating func add(_ labels: Labels, _ ref: UInt64, _ range: TimeRange) {
            unknown.append((ref, labels))
            add(ref, range, through: .max)
        }
    }

    private struct Target {
        let slot: UInt32
        let tombstone: WALTombstone
        /// Whether samples that came out of order may be among those to go.
        let isOutOfOrder: Bool
    }

    /// What is to go of a series, nil if it has nothing in the range. What is logged reaches no further than what is there.
    private func target(_ slot: UInt32, _ range: TimeRange) -> Target? {
        let record = core.series[slot].pointee
        // What filled gaps between chunks may be in a block by now, and is in the log all the same.
        let inOrder = record.timeRange.map { TimeRange(from: core.hasFilledGaps ? .min : $0.first, through: $0.last) }
        let late = core.outOfOrder.series(slot).map { TimeRange(from: $0.firstTime, through: $0.lastTime) }
        let touched = [inOrder, late].compactMap { $0 }.filter(range.overlaps)
        guard let first = touched.map(\.from).min(), let last = touched.map(\.through).max() else { return nil }
        let clamped = TimeRange(from: max(range.from, first), through: min(range.through, last))
        return Target(
            slot: slot, tombstone: WALTombstone(reference: record.ref, range: clamped), isOutOfOrder: late.map(range.overlaps) ?? false)
    }

    /// A few series at a time, so that queries get in between.
    private func remove(_ targets: [Target]) -> Int {
        var removed = 0
        var emptied = false
        for start in stride(from: 0, to: targets.count, by: 500) {
            samples.writing {
                for target in targets[start..<min(start + 500, targets.count)] {
                    removed += core.chunks.remove(core.series[target.slot], target.tombstone.range)
                    removed += core.removeOutOfOrder(target.slot, target.tombstone.range)
                    emptied = emptied || !core.hasSamples(target.slot)
                }
            }
        }
        if emptied { _ = sweepUnlessKept() }
        samples.writing {
            core.totals.samplesDeleted += removed
            core.recountTimes()
        }
        return removed
    }

    /// Applies a tombstone of the log to what the log had before it.
    func apply(_ tombstone: WALTombstone) {
        let slot = core.references.slot(tombstone.reference)
        guard slot != ReferenceDirectory.none else { return }
        core.noteDeleted(tombstone.range)
        _ = core.chunks.remove(core.series[slot], tombstone.range)
        // What filled gaps between chunks.
        _ = core.removeOutOfOrder(slot, tombstone.range)
    }

    func applyOutOfOrder(_ tombstone: WALTombstone) {
        let slot = core.references.slot(tombstone.reference)
        if slot != ReferenceDirectory.none { _ = core.removeOutOfOrder(slot, tombstone.range) }
    }
}

extension HeadCore {
    /// Under `commit`, or at replay.
    func noteDeleted(_ range: TimeRange) { deletedThrough = max(deletedThrough ?? .min, range.through) }

    func hasSamples(_ slot: UInt32) -> Bool {
        let record = series[slot]
        return !record.pointee.isEmpty || record.pointee.flags.contains(.outOfOrder)
    }

    func removeOutOfOrder(_ slot: UInt32, _ range: TimeRange) -> Int {
        guard series[slot].pointee.flags.contains(.outOfOrder) else { return 0 }
        let removed = outOfOrder.remove(slot, range)
        noteOutOfOrderEnd(slot)
        return removed
    }
}
