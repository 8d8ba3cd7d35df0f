import Model
import Synchronization

extension Database {
    /// How long ago, by the newest sample, a series must have ended to leave the head early: the lookback, so that no instant query finds it any
    /// more. What comes back sooner, as after a restart, is the same series still.
    static let staleGrace: Int64 = 5 * 60_000

    /// A reload changes the share of stale series from which on they leave the head; 0: never.
    public func setStaleSeriesThreshold(_ share: Double) { staleThreshold.withLock { $0 = share } }

    /// Writes the series that have ended to blocks, and drops them from the head, once they are too large a share of it. Returns how many blocks
    /// were written.
    ///
    /// The blocks say that they are `from-out-of-order`: the head still has other samples of their time, and neither we nor Prometheus, which up to
    /// version 3.5 does not know `from-stale-series`, may take their end for the time up to which the log is not needed.
    func compactEndedSeries(_ work: inout Maintenance, _ now: Int64) throws(StorageError) -> Int {
        guard now >= work.nextLookAtEnded, let newest = head.maxTime else { return 0 }
        work.nextLookAtEnded = now + Maintenance.endedInterval
        let time = newest.earlier(by: Self.staleGrace)
        let counts = head.countEnded(by: time)
        progress.withLock { $0.staleSeries = counts.ended }
        guard counts.reach(staleThreshold.withLock { $0 }, atLeast: options.staleSeriesMinimum) else { return 0 }
        let start = clock.monotonic()
        do throws(StorageError) {
            // What came out of order goes first; with it, a series would be in two logs.
            let late = counts.late > 0 ? try cutOutOfOrder(&work) : 0
            let (left, written) = try moveEnded(by: time)
            noteCompaction(left: left, of: counts, blocks: written, took: (clock.monotonic() - start) / 1_000_000)
            return late + written
        } catch {
            progress.withLock { $0.counts.failedStaleCompactions += 1 }
            throw error
        }
    }

    private func moveEnded(by time: Timestamp) throws(StorageError) -> (series: Int, blocks: Int) {
        var written = 0
        let left = try head.cutEnded(by: time) { cut throws(StorageError) in
            for start in cut.starts(length: options.minBlockDuration) {
                let range = blockRange(start)
                try keep([cut.cursor(from: range.start, before: range.end)], range, hints: BlockMeta.Compaction.ofStaleSeries)
                written += 1
            }
        }
        return (left, written)
    }

    private func noteCompaction(left: Int, of counts: EndedSeries, blocks: Int, took milliseconds: Int64) {
        progress.withLock { status in
            status.staleSeries = max(0, counts.ended - left)
            status.counts.staleCompactions += 1
        }
        report(
            StorageEvent(
                .info, "series that have ended left the head",
                [
                    ("series", "\(left)"), ("of", "\(counts.series)"), ("blocks", "\(blocks)"), ("duration_ms", "\(milliseconds)"),
                ]))
    }
}

extension BlockMeta.Compaction {
    static let ofStaleSeries = [fromOutOfOrder, fromStaleSeries]
}
