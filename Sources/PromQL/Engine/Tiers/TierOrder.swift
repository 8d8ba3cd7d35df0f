import Model
import TSDB

extension AggregateColumn {
    /// Makes one window of those whose samples' times overlap, so that the samples of each come before those of the next.
    ///
    /// Only samples that arrived late, for which a tier has a window already, lie among its others.
    func mergeOverlaps() {
        guard let first = (1..<max(count, 1)).first(where: overlapsPrevious) else { return }
        var kept = first
        for index in first..<count {
            var window = self[index]
            // Several late samples may lie in one window, which comes behind all of them.
            while kept > 0, counts[kept - 1] > 0, window.count > 0, window.firstTime <= lastTimes[kept - 1] {
                window = self[kept - 1].merged(with: window)
                kept -= 1
            }
            self[kept] = window
            kept += 1
        }
        count = kept
    }

    private func overlapsPrevious(_ index: Int) -> Bool {
        counts[index] > 0 && counts[index - 1] > 0 && firstTimes[index] <= lastTimes[index - 1]
    }

    /// Removes the windows that have a stale marker alone, which range functions do not see.
    func removeMarkers() {
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
}
