import Chunks
import Model
import Synchronization

/// How many series of the head have ended, which is: have a stale marker as their last sample.
struct EndedSeries: Equatable {
    var series = 0
    /// Those whose last sample is a stale marker.
    var ended = 0
    /// Those of them that ended long enough ago to leave.
    var settled = 0
    /// Those of these that have samples which came out of order.
    var late = 0

    /// Whether the share of those that may leave has reached a threshold, 0…1; 0: never.
    func reach(_ threshold: Double, atLeast minimum: Int) -> Bool {
        threshold > 0 && settled >= max(1, minimum) && Double(settled) >= threshold * Double(series)
    }
}

extension Head {
    /// Counts the series that have ended; settled are those that did so by a time.
    ///
    /// A walk over all records, now and then, costs less than a look at the sample before with every append.
    func countEnded(by time: Timestamp) -> EndedSeries {
        keepingSeries.wrappingAdd(1, ordering: .sequentiallyConsistent)
        defer { keepingSeries.wrappingSubtract(1, ordering: .sequentiallyConsistent) }
        var counts = EndedSeries()
        var slot: UInt32 = 0
        while samples.reading({ count(&counts, &slot, by: time) }) {}
        return counts
    }

    /// Looks at the next few thousand series, so that appends get in between; false behind the last.
    private func count(_ counts: inout EndedSeries, _ slot: inout UInt32, by time: Timestamp) -> Bool {
        let end = min(slot + 4096, core.series.count)
        guard slot < end else { return false }
        for i in slot..<end {
            counts.series += 1
            guard let last = core.endOfSeries(i) else { continue }
            counts.ended += 1
            guard last <= time else { continue }
            counts.settled += 1
            if core.series[i].pointee.flags.contains(.outOfOrder) { counts.late += 1 }
        }
        slot = end
        return true
    }
}

extension HeadCore {
    /// The time of the stale marker that a series ends with; nil if it goes on. A marker is always in the open chunk: only a sample behind it
    /// closes that.
    func endOfSeries(_ slot: UInt32) -> Timestamp? {
        let record = series[slot]
        if record.pointee.encoder.count > 0 {
            return StaleMarker.isStale(record.pointee.encoder.lastValue) ? record.pointee.encoder.lastTime : nil
        }
        guard record.pointee.flags.contains(.openHistogram), chunks.histograms[record.pointee.key]?.last?.isStale == true else { return nil }
        return record.pointee.encoder.lastTime
    }
}
