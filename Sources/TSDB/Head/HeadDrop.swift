import Chunks
import Model

extension Head {
    /// Keeps the head within its limit: gives up the oldest chunks of all series, and, unless told otherwise, series that have none left.
    /// Called under `commit`.
    func dropIfTooMany(keepingSeries: Bool = false) -> StorageEvent? {
        guard core.sampleCount > options.maxSamples else { return nil }
        // A tenth more than must go, so that the next batches do not begin it all again.
        let excess = core.sampleCount - options.maxSamples + options.maxSamples / 10
        guard let newest = newestToDrop(excess) else { return nil }
        samples.writing {
            core.floor = max(core.floor, newest.later(by: 1))
            core.outOfOrderFloor = max(core.outOfOrderFloor, newest.later(by: 1))
        }
        let dropped = dropChunks(outOfOrderToo: true) { $0 <= newest }
        let removed = keepingSeries ? 0 : sweepUnlessKept()
        samples.writing {
            core.totals.samplesDropped += dropped
            core.recountTimes()
        }
        return StorageEvent(
            .warning, "the head is full; its oldest samples were dropped",
            [("samples", "\(dropped)"), ("through", "\(newest)"), ("series_removed", "\(removed)"), ("limit", "\(options.maxSamples)")])
    }

    /// The end of the chunks that must go so that at least `excess` samples do: a histogram of chunk ends finds it to a thousandth of the
    /// head's span without a list of millions of chunks.
    private func newestToDrop(_ excess: Int) -> Timestamp? {
        guard let first = core.totals.minTime, let last = core.totals.maxTime else { return nil }
        let buckets: Int64 = 1024
        let width = UInt64(last.subtractingReportingOverflow(first).partialValue.magnitude) / UInt64(buckets) + 1
        var counts = [Int](repeating: 0, count: Int(buckets))
        forEachChunk { end, count in counts[Int(UInt64(bitPattern: max(0, end &- first)) / width)] += count }
        var sum = 0
        for bucket in counts.indices {
            sum += counts[bucket]
            if sum >= excess { return min(last, first &+ Int64(bitPattern: width &* UInt64(bucket + 1)) &- 1) }
        }
        return last
    }

    private func forEachChunk(_ body: (_ end: Timestamp, _ samples: Int) -> Void) {
        for slot in 0..<core.series.count {
            let record = core.series[slot].pointee
            if let closed = record.closed {
                for i in record.closedStart..<record.closedEnd { body(closed[Int(i)].lastTime, closed[Int(i)].count) }
            }
            if record.encoder.count > 0 { body(record.encoder.lastTime, Int(record.encoder.count)) }
            if let open = core.openHistogram(slot) { body(record.encoder.lastTime, open.count) }
            guard record.flags.contains(.outOfOrder), let late = core.outOfOrder.series(slot) else { continue }
            for chunk in late.closedChunks { body(chunk.lastTime, chunk.count) }
            for sample in late.openSamples { body(sample.time, 1) }
        }
    }

    /// A few series at a time, so that queries get in between; appends wait.
    func dropChunks(outOfOrderToo: Bool, _ unwanted: (Timestamp) -> Bool) -> Int {
        var dropped = 0
        var slot: UInt32 = 0
        while slot < core.series.count {
            let end = min(slot + 1000, core.series.count)
            samples.writing {
                for i in slot..<end {
                    dropped += core.chunks.drop(core.series[i], if: unwanted)
                    if outOfOrderToo, core.series[i].pointee.flags.contains(.outOfOrder) { dropped += core.dropOutOfOrder(i, if: unwanted) }
                }
            }
            slot = end
        }
        return dropped
    }
}
