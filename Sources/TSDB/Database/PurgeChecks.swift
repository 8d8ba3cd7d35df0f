import Model

/// What must be so before something goes, beyond what a plan can tell by the blocks' descriptions.
extension Database {
    /// Before raw samples go, what came late to their time goes to blocks: it may be the same once more, and only a fold of both takes them for one.
    /// Returns whether there was anything. It does not hold up the same samples twice, or those that somebody sends again and again never went.
    func putLateAside(before purge: PurgePlan, _ work: inout Maintenance) throws(StorageError) -> Bool {
        let coverage = blockSet.coverage
        let highest = { (floors: [TierFloors]) in floors.map(\.raw).max() ?? .min }
        let floor = highest([purge.floors] + purge.rules)
        guard floor > highest([coverage.floors] + coverage.rules.map(\.floors)), floor != work.settledFloor else { return false }
        guard let first = head.stats.minOutOfOrderTime, first <= floor else { return false }
        _ = try cutOutOfOrder(&work)
        work.settledFloor = floor
        return true
    }

    /// Reads through, once in a run, the blocks of tiers that are to answer for what goes: damage must be found as long as there is something to fold
    /// them anew from. Returns whether all can be read; the next maintenance replaces those that cannot.
    func canAnswer(for purge: PurgePlan, _ work: inout Maintenance) -> Bool {
        let going = Set(purge.removals.map(\.ulid))
        for tier in Tier.allCases {
            let stretches = stretches(leftTo: tier, by: purge)
            for block in blockSet.all(tier) where stretches.contains(where: { $0.overlaps(block.meta.stretch) }) {
                let ulid = block.meta.ulid
                if going.contains(ulid) || work.foundWhole.contains(ulid) { continue }
                guard let fault = block.verify(limit: 1).first else {
                    work.foundWhole.insert(ulid)
                    continue
                }
                damaged.note(ulid, cause: "\(fault)")
            }
        }
        work.foundWhole.formIntersection(Tier.allCases.flatMap { blockSet.all($0).map(\.meta.ulid) })
        return damaged.isEmpty
    }

    /// The times of which something finer goes than a tier has.
    private func stretches(leftTo tier: Tier, by purge: PurgePlan) -> [FoldStretch] {
        let coverage = blockSet.coverage
        let removed = purge.removals.filter { $0.tier == nil || ($0.tier == .fiveMinutes && tier == .hour) }.compactMap { block($0)?.meta.stretch }
        let finer = { (floors: TierFloors) in tier == .hour ? max(floors.raw, floors.fiveMinutes) : floors.raw }
        let before = [coverage.floors] + coverage.rules.map(\.floors)
        let risen = zip(before, [purge.floors] + purge.rules).map { FoldStretch(start: finer($0), end: finer($1)) }
        return removed + risen.filter { !$0.isEmpty }
    }
}
