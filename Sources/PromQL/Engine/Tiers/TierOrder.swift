import Model
import TSDB

extension AggregateColumn {
    /// Makes one window of those whose samples' times overlap, so that the samples of each come before those of the next.
    ///
    /// Only samples and stale markers that arrived late, for whose time a tier has a window already, lie among its others.
    func mergeOverlaps() {
        guard let first = firstOverlap else { return }
        var kept = first
        for index in first..<count {
            var window = self[index]
            // Several late samples may lie in one window, which comes behind all of them.
            while kept > 0, window.count > 0, window.firstTime <= lastKnown(kept - 1) {
                window = self[kept - 1].merged(with: window)
                kept -= 1
            }
            self[kept] = window
            kept += 1
        }
        count = kept
    }

    /// The first window with a sample that is not behind all of the window before.
    private var firstOverlap: Int? {
        let (counts, firstTimes, lastTimes, staleTimes) = (counts, firstTimes, lastTimes, staleTimes)
        for index in 1..<max(count, 1) where counts[index] > 0 {
            let known = counts[index - 1] > 0 ? lastTimes[index - 1] : staleTimes[index - 1]
            if firstTimes[index] <= known { return index }
        }
        return nil
    }

    /// The time of a window's last sample, or of the marker that it has alone.
    private func lastKnown(_ index: Int) -> Timestamp { counts[index] > 0 ? lastTimes[index] : staleTimes[index] }

    /// Removes the windows that have a stale marker alone, which range functions do not see.
    func removeMarkers() {
        let counts = counts
        guard let first = (0..<count).first(where: { counts[$0] == 0 }) else { return }
        var kept = first
        for index in first..<count where counts[index] > 0 {
            self[kept] = self[index]
            kept += 1
        }
        count = kept
    }
}

extension Aggregate {
    /// The samples of both, where it is not known which lay between which.
    fileprivate func merged(with other: Aggregate) -> Aggregate {
        if count == 0 { return other.closed(by: staleTime) }
        var all = self
        all.end = max(end, other.end)
        all.count += other.count
        if other.firstTime < firstTime { (all.firstTime, all.first) = (other.firstTime, other.first) }
        if other.lastTime >= lastTime { (all.lastTime, all.last) = (other.lastTime, other.last) }
        all.sum += other.sum
        if !(minimum <= other.minimum) { all.minimum = other.minimum.isNaN ? minimum : other.minimum }
        if !(maximum >= other.maximum) { all.maximum = other.maximum.isNaN ? maximum : other.maximum }
        all.lost += other.lost
        all.resets += other.resets
        all.staleTime = [staleTime, other.staleTime].compactMap { $0 }.filter { $0 > all.lastTime }.max()
        all.isMerged = true
        return all
    }

    /// With a late stale marker, which counts if no sample follows it.
    private func closed(by time: Timestamp?) -> Aggregate {
        guard let time, time > lastTime else { return self }
        var closed = self
        closed.staleTime = max(time, staleTime ?? time)
        return closed
    }
}
