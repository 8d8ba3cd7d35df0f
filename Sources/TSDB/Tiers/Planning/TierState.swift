import Model

extension DatabaseState {
    /// Whether some floors are behind a time: a clock was ahead when they rose, or is behind now.
    func hasFloors(behind latest: Timestamp) -> Bool {
        ([floors] + rules.map(\.floors)).contains { max($0.raw, $0.fiveMinutes, $0.hour) > latest }
    }

    /// The floors to go by: what blocks of tiers tell where the state does not, since it was lost, or since raw blocks went that no retention took,
    /// while another program had the folder, or because of damage. As long as a floor is behind `latest` it does not count: what comes from now on is
    /// no late data. Nor do blocks from then tell anything.
    ///
    /// - Parameter block: how far behind `latest` a block may end that has samples before it.
    func floors(
        _ raw: [BlockMeta], _ tiers: [Tier: [BlockMeta]], _ rules: [RetentionRule], latest: Timestamp, block: Int64 = 0
    ) -> (general: TierFloors, rules: [RuleFloors]) {
        let past = { (metas: [BlockMeta]) in metas.filter { $0.maxTime <= latest.later(by: block) } }
        let folded = tiers.mapValues { past($0).sorted { $0.minTime < $1.minTime }.map { FoldPlan.Folded($0) } }
        let plan = FoldPlan(raw: past(raw), tiers: folded, limit: .max)
        var general = plan.known(of: floors) { isNew || $0 > latest }
        general.raw = max(general.raw, plan.rawBegin)
        let known = self.rules.map { RuleFloors(matchers: $0.matchers, floors: plan.known(of: $0.floors) { $0 > latest }) }
        return (general, RuleFloors.following(rules, known: known, general))
    }
}

extension FoldPlan {
    /// Floors, with what blocks tell in the place of those that do not count.
    fileprivate func known(of floors: TierFloors, without isVoid: (Timestamp) -> Bool) -> TierFloors {
        TierFloors(
            raw: isVoid(floors.raw) ? rawDoubt : floors.raw, fiveMinutes: isVoid(floors.fiveMinutes) ? finerBegin : floors.fiveMinutes,
            hour: isVoid(floors.hour) ? .min : floors.hour)
    }

    /// What of the tiers lies before all raw blocks is in the tiers alone.
    fileprivate var rawBegin: Timestamp {
        let folded = blocks(finest).map(\.stretch)
        guard let start = folded.first?.start, let end = folded.map(\.end).max() else { return .min }
        guard let first = raw.map(\.minTime).min() else { return end }
        let last = first.earlier(by: 1)
        return start < last.seamBefore ? min(last.seamBehind, end) : .min
    }

    /// Up to where raw samples may be missing: the end of the last block that names a source which is in no raw block.
    fileprivate var rawDoubt: Timestamp {
        let there = Set(raw.flatMap(\.compaction.sources))
        return blocks(finest).filter { !there.isSuperset(of: $0.sources) }.map(\.stretch.end).max() ?? .min
    }

    /// Where windows of five minutes begin, if those of an hour begin before; behind these, if there are none.
    fileprivate var finerBegin: Timestamp {
        let hours = coverage(.hour)
        guard let coarser = hours.first?.start, let end = hours.map(\.end).max() else { return .min }
        let finer = coverage(.fiveMinutes).first?.start ?? end
        return coarser < finer ? finer : .min
    }

    private var finest: Tier { blocks(.fiveMinutes).isEmpty ? .hour : .fiveMinutes }
}

extension RuleFloors {
    /// The floors of the series that rules match. Data that a rule has removed stays removed when the rule goes: its floors stay, before all others, as
    /// long as they are higher. A new rule's series may have been another's before.
    static func following(_ rules: [RetentionRule], known: [RuleFloors], _ general: TierFloors) -> [RuleFloors] {
        let asked = Set(rules.map(\.matchers))
        let current = rules.map { rule in
            if let same = known.first(where: { $0.matchers == rule.matchers }) { return same }
            let others = known.filter { $0.mayShare(rule.matchers) }
            return RuleFloors(matchers: rule.matchers, floors: others.reduce(general) { $0.raised(to: $1.floors) })
        }
        let gone = known.filter { past in
            if asked.contains(past.matchers) { return false }
            let others = current.filter { past.mayShare($0.matchers) }.map(\.floors) + [general]
            return others.contains { $0.raised(to: past.floors) != $0 }
        }
        return gone + current
    }

    /// Whether a series may satisfy both; not if they ask for different values of one label.
    private func mayShare(_ others: [Matcher]) -> Bool {
        !matchers.contains { one in
            one.kind == .equal && others.contains { $0.kind == .equal && $0.name == one.name && $0.value != one.value }
        }
    }
}

extension [RuleFloors] {
    /// The place of the first rule that matches a series; nil: none does.
    func first(matching labels: Labels) -> Int? {
        firstIndex { rule in rule.matchers.allSatisfy { $0.matches(labels[$0.name] ?? "") } }
    }
}
