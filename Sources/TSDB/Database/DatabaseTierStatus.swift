import Model
import Synchronization

extension Database {
    /// Brings up to date what the status tells of raw blocks and tiers.
    func noteTiers(_ work: inout Maintenance, _ now: Int64) {
        let coverage = blockSet.coverage
        guard coverage.number != work.notedTiers || now >= work.nextTierStatus else { return }
        work.notedTiers = coverage.number
        work.nextTierStatus = now + Maintenance.sizesInterval
        let plan = foldPlan(work)
        let times = keptTimes
        var found = [status(nil, coverage.raw)]
        found[0].retention = times.raw
        found[0].floor = plan.floors.raw == .min ? nil : plan.floors.raw
        for tier in Tier.allCases {
            var status = status(tier, coverage.blocks(tier))
            status.retention = times.time(tier)
            status.floor = plan.floors.floor(tier) == .min ? nil : plan.floors.floor(tier)
            status.foldedThrough = plan.foldedThrough(tier)
            status.backlog = plan.backlog(tier)
            status.backlogBlocks = plan.raw.count { plan.lacks(tier, $0, in: FoldStretch(start: .min, end: plan.limit)) }
            found.append(status)
        }
        progress.withLock { status in
            for place in found.indices { found[place].counts = status.tiers[place].counts }
            status.tiers = found
            if found.allSatisfy({ $0.backlogBlocks == 0 }) { status.folding = nil }
        }
    }

    private func status(_ tier: Tier?, _ blocks: [Block]) -> TierStatus {
        var status = TierStatus(tier)
        let metas = blocks.map(\.meta).filter { $0.stats.series > 0 }
        status.blocks = blocks.count
        status.samples = metas.reduce(0) { $0 + $1.stats.samples }
        status.bytes = blocks.reduce(0) { $0 + Int64($1.bytes) }
        status.oldest = metas.map(\.minTime).min()
        status.newest = metas.map { $0.maxTime.earlier(by: 1) }.max()
        return status
    }
}
