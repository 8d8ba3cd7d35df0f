public import Model

/// What was deleted of a block's series: for each, by its reference, disjoint ranges of time that ascend and do not touch.
public struct Tombstones: Hashable, Sendable {
    public private(set) var series: [UInt64: [TimeRange]] = [:]

    public init() {}

    public var isEmpty: Bool { series.isEmpty }
    /// How many ranges there are.
    public var count: Int { series.values.reduce(0) { $0 + $1.count } }

    public func ranges(_ reference: UInt64) -> [TimeRange] { series[reference] ?? [] }

    /// Joins what overlaps or touches. Returns whether anything is deleted now that was not before.
    @discardableResult
    public mutating func add(_ reference: UInt64, _ range: TimeRange) -> Bool {
        guard range.from <= range.through else { return false }
        return series[reference, default: []].add(range)
    }

    /// The windows of a tier of which a part is deleted and a part is not, whatever series they are of; joined where they touch, ascending.
    func holes(_ tier: Tier) -> [TimeRange] {
        var holes: [TimeRange] = []
        for range in series.values.joined() {
            let wide = range.widened(to: tier)
            if wide.from != range.from { _ = holes.add(TimeRange(from: range.from, through: range.from).widened(to: tier)) }
            if wide.through != range.through { _ = holes.add(TimeRange(from: range.through, through: range.through).widened(to: tier)) }
        }
        return holes
    }

    /// With ranges that cover whole windows of a tier: one of which a part is deleted is gone.
    func widened(to tier: Tier?) -> Tombstones {
        guard let tier else { return self }
        var wide = Tombstones()
        for (reference, ranges) in series {
            for range in ranges { wide.add(reference, range.widened(to: tier)) }
        }
        return wide
    }
}

extension TimeRange {
    /// From the beginning of the first window that it touches through the end of the last one.
    func widened(to tier: Tier) -> TimeRange {
        let resolution = tier.resolution
        // Where windows would reach beyond the ends of time there are none.
        let first = from < .min + resolution ? from : windowEnd(from, resolution) - resolution + 1
        return TimeRange(from: first, through: through > .max - resolution ? through : windowEnd(through, resolution))
    }
}

extension [TimeRange] {
    /// For disjoint ranges that ascend and do not touch: adds one to them, and tells whether that changed them.
    mutating func add(_ range: TimeRange) -> Bool {
        // The times just before and behind it, or as close as there are.
        let before = range.from == .min ? range.from : range.from - 1
        let after = range.through == .max ? range.through : range.through + 1
        let first = firstIndex(where: { $0.through >= before }) ?? count
        let end = self[first...].firstIndex { $0.from > after } ?? count
        guard first < end else {
            insert(range, at: first)
            return true
        }
        let joined = TimeRange(from: Swift.min(range.from, self[first].from), through: Swift.max(range.through, self[end - 1].through))
        if end - first == 1, self[first] == joined { return false }
        replaceSubrange(first..<end, with: [joined])
        return true
    }

    /// Whether the ranges leave nothing of `range`; they must be disjoint, ascending and not touching.
    func cover(_ range: TimeRange) -> Bool { contains { $0.covers(range) } }

    func overlap(_ range: TimeRange) -> Bool { contains { $0.overlaps(range) } }
}

extension SampleColumn {
    /// Removes the samples from index `start` on whose times, which ascend, are in one of the ascending ranges.
    func remove(_ ranges: [TimeRange], from start: Int) {
        var kept = start
        var next = 0
        for index in start..<count {
            let time = times[index]
            while next < ranges.count, ranges[next].through < time { next += 1 }
            if next < ranges.count, ranges[next].from <= time { continue }
            times[kept] = time
            values[kept] = values[index]
            kept += 1
        }
        count = kept
    }
}
