import Exposition
import TSDB

/// Pages that are no lines: what takes the place of a line is known by its key alone, and who reads the page has made that.
extension PageCache {
    /// The steady state: takes what the stored page has at this place, if it has the key there, and nothing about the series has to be decided anew.
    /// Nil if it is for ``find(_:)`` to take. `tracked`: whether the series is to get a stale marker when it is gone.
    mutating func takeNext(_ key: LineKey, tracked: Bool) -> CachedSeries? {
        guard trusting, position < slots.count, slots[position].isSeries, slots[position].key == key else { return nil }
        let known = series[Int(slots[position].series)]
        guard known.seen != page, known.isPassedOver(passing) || (known.reference != nil && known.isTracked == tracked) else { return nil }
        position += 1
        if marking { pass(position - 1..<position) }
        return known
    }

    /// Takes what tells of the series behind it.
    mutating func takeHeader(_ key: LineKey) {
        guard trusting, position < slots.count, slots[position].isComment, slots[position].key == key else {
            return addComment(key, isType: false)
        }
        comments = Self.following(comments, key.fingerprint)
        position += 1
        if marking { pass(position - 1..<position) }
    }

    /// Whether a series is one of native histograms.
    func isHistogram(_ number: Int) -> Bool { slot(of: number).isHistogram }
}
