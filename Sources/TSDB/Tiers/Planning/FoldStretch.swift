import Model

/// The windows that end in `(start, end]`: what a block of a tier tells of, or is to.
struct FoldStretch: Hashable {
    var start: Timestamp
    var end: Timestamp

    var isEmpty: Bool { start >= end }
    var range: TimeRange { TimeRange(from: start.later(by: 1), through: end) }

    func overlaps(_ other: FoldStretch) -> Bool { start < other.end && other.start < end }

    /// What both have; empty if they do not overlap.
    func common(_ other: FoldStretch) -> FoldStretch { FoldStretch(start: max(start, other.start), end: min(end, other.end)) }

    func union(_ other: FoldStretch) -> FoldStretch { FoldStretch(start: min(start, other.start), end: max(end, other.end)) }

    /// What is left without some others, ascending.
    func without(_ others: [FoldStretch]) -> [FoldStretch] {
        var rest: [FoldStretch] = []
        var at = start
        for other in others.sorted(by: { $0.start < $1.start }) where other.end > at && other.start < end {
            if at < other.start { rest.append(FoldStretch(start: at, end: other.start)) }
            at = max(at, other.end)
        }
        if at < end { rest.append(FoldStretch(start: at, end: end)) }
        return rest
    }
}

extension BlockMeta {
    /// Of a block of a tier, what it tells of; of a raw block, all windows of an hour in which it may have a sample.
    var stretch: FoldStretch {
        let last = maxTime.earlier(by: 1)
        let before = minTime.earlier(by: 1)
        if fold != nil { return FoldStretch(start: before, end: last) }
        return FoldStretch(start: max(before.seamBefore, Tier.seams.lowerBound), end: min(last.seamBehind, Tier.seams.upperBound))
    }

    /// Whether a raw block may have samples in the windows of a stretch.
    func touches(_ stretch: FoldStretch) -> Bool { minTime <= stretch.end && maxTime.earlier(by: 1) > stretch.start }
}
