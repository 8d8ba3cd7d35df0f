import Model

extension TierCoverage {
    /// Who answers for series with these floors.
    ///
    /// Windows stand in where finer data is gone; and where `coarsest` lets them they do instead of finer data, if nothing of that is missing in them.
    ///
    /// - Parameter unfolded: where the head may have samples that are not folded.
    func spans(_ floors: TierFloors, coarsest: Int64, unfolded: [TimeRange] = []) -> TierSpans {
        var tiers = TierTimeline()
        tiers.set(.hour, from: .min, through: floors.end(of: .hour))
        tiers.set(.fiveMinutes, from: floors.end(of: .hour), through: floors.raw)
        for tier in Tier.allCases where tier.resolution <= coarsest {
            // A block may be kept for other series' sake.
            let floor = floors.floor(tier)
            for stretch in whole(tier, unfolded) { tiers.set(tier, from: max(stretch.start, floor), through: stretch.end, onlyFiner: true) }
        }
        return TierSpans(tiers.spans)
    }

    /// The stretches in which windows of a tier tell of everything.
    private func whole(_ tier: Tier, _ unfolded: [TimeRange]) -> [(start: Timestamp, end: Timestamp)] {
        let partly = raw.filter { !isFolded($0, into: tier) } + blocks(tier).filter { !$0.tombstones.isEmpty }
        var whole = FoldedTimes(blocks(tier).map(\.meta)).stretches
        for range in partly.map(\.meta.range) + unfolded { whole = Self.cut(whole, range) }
        return whole
    }

    /// Without the windows of an hour that a range touches.
    private static func cut(_ stretches: [(start: Timestamp, end: Timestamp)], _ range: TimeRange) -> [(start: Timestamp, end: Timestamp)] {
        let wide = range.widened(to: .hour)
        let (start, end) = (wide.from.earlier(by: 1), wide.through)
        return stretches.flatMap { stretch in
            [(start: stretch.start, end: min(stretch.end, start)), (start: max(stretch.start, end), end: stretch.end)].filter { $0.start < $0.end }
        }
    }
}

/// A stretch of time in which one form of the data answers.
struct TierSegment {
    /// The times in (start, end].
    let start: Timestamp
    let end: Timestamp
    /// Nil: raw samples.
    let tier: Tier?

    var range: TimeRange { TimeRange(from: start.later(by: 1), through: end) }
}

extension TierSpans {
    /// All of time, in order.
    var segments: [TierSegment] {
        var segments: [TierSegment] = []
        var at = Timestamp.min
        for span in spans {
            if at < span.start { segments.append(TierSegment(start: at, end: span.start, tier: nil)) }
            segments.append(TierSegment(start: span.start, end: span.end, tier: span.tier))
            at = span.end
        }
        if at < .max { segments.append(TierSegment(start: at, end: .max, tier: nil)) }
        return segments
    }
}

/// Who answers when for each series: as for all, or as its rule says.
struct TierPlans {
    struct Plan {
        let spans: TierSpans
        let segments: [TierSegment]

        init(_ spans: TierSpans) {
            self.spans = spans
            segments = spans.segments
        }

        /// Whether raw samples answer all of a range.
        func isRaw(_ range: TimeRange) -> Bool { !spans.spans.contains { $0.start < range.through && $0.end >= range.from } }
    }

    private let rules: [RuleFloors]
    /// That of each rule, and last that of all other series.
    private let plans: [Plan]

    init(_ coverage: TierCoverage, coarsest: Int64, unfolded: [TimeRange]) {
        rules = coverage.rules
        plans = (rules.map(\.floors) + [coverage.floors]).map { Plan(coverage.spans($0, coarsest: coarsest, unfolded: unfolded)) }
    }

    var count: Int { plans.count }

    /// The place of the plan for a series.
    func place(for labels: Labels) -> Int { rules.first(matching: labels) ?? rules.count }

    subscript(place: Int) -> Plan { plans[place] }

    /// Whether a tier, or with nil raw samples, answers for some series in a range.
    func use(_ tier: Tier?, in range: TimeRange) -> Bool {
        plans.contains { plan in plan.segments.contains { $0.tier == tier && $0.range.overlaps(range) } }
    }
}

/// Who answers when, while that is being found out: nobody means raw samples.
private struct TierTimeline {
    /// Ascending and disjoint.
    private(set) var spans: [TierSpan] = []

    /// Gives a stretch to a tier; with `onlyFiner` no part of it that a coarser one has.
    mutating func set(_ tier: Tier, from start: Timestamp, through end: Timestamp, onlyFiner: Bool = false) {
        guard start < end else { return }
        var free = [(start: start, end: end)]
        if onlyFiner {
            for span in spans where span.tier >= tier { free = free.flatMap { Self.without($0, span) } }
        }
        for part in free { put(TierSpan(start: part.start, end: part.end, tier: tier)) }
    }

    private static func without(_ part: (start: Timestamp, end: Timestamp), _ span: TierSpan) -> [(start: Timestamp, end: Timestamp)] {
        [(part.start, min(part.end, span.start)), (max(part.start, span.end), part.end)].filter { $0.0 < $0.1 }.map { (start: $0.0, end: $0.1) }
    }

    private mutating func put(_ new: TierSpan) {
        var all = [new]
        for span in spans {
            if span.start < new.start { all.append(TierSpan(start: span.start, end: min(span.end, new.start), tier: span.tier)) }
            if span.end > new.end { all.append(TierSpan(start: max(span.start, new.end), end: span.end, tier: span.tier)) }
        }
        spans = []
        for span in all.sorted(by: { $0.start < $1.start }) {
            if let last = spans.last, last.end == span.start, last.tier == span.tier {
                spans[spans.count - 1].end = span.end
            } else {
                spans.append(span)
            }
        }
    }
}
