import Model

/// Which blocks go, and how far the floors rise: raw samples before windows of five minutes, and those before windows of an hour. Nothing goes before
/// a coarser tier that is to have it has it, in blocks.
struct PurgePlan {
    enum Cause: String {
        case time, size
        /// Late samples of a time that is gone otherwise; they are in the tiers now.
        case folded
    }

    struct Removal: Equatable {
        /// Nil: a raw block.
        var tier: Tier?
        var ulid: ULID
        var cause: Cause
    }

    /// How long something is kept, in milliseconds; nil: for good.
    struct Times: Equatable {
        var raw: Int64?
        var fiveMinutes: Int64?
        var hour: Int64?
    }

    /// As the blocks stand, and what was purged before.
    private(set) var plan: FoldPlan
    private(set) var removals: [Removal] = []
    /// The bytes of every block.
    private let sizes: [ULID: Int64]

    init(_ plan: FoldPlan, sizes: [ULID: Int64]) {
        self.plan = plan
        self.sizes = sizes
    }

    var floors: TierFloors { plan.floors }
    /// Those of the rules' series.
    var rules: [TierFloors] { plan.rules }

    // MARK: Age

    /// Raises the floors to what is too old, for all series and those of each rule; then removes the blocks of which nobody keeps anything.
    ///
    /// - Parameter now: the time to go by; nil: nothing goes because of its age.
    mutating func purge(_ times: Times, rules: [Times], now: Timestamp?) {
        if let now {
            plan.floors = raised(plan.floors, times, now)
            plan.rules = zip(plan.rules, rules).map { raised($0, $1, now) }
        }
        removeWhole(.time)
    }

    private func raised(_ floors: TierFloors, _ times: Times, _ now: Timestamp) -> TierFloors {
        var raised = floors
        if let time = times.raw, time > 0 { raised.raw = rise(floors.raw, through: now.earlier(by: time)) }
        if let time = times.fiveMinutes, time > 0 { raised.raise(.fiveMinutes, rise(.fiveMinutes, floors, through: now.earlier(by: time))) }
        if let time = times.hour, time > 0 { raised.raise(.hour, rise(.hour, floors, through: now.earlier(by: time))) }
        return raised
    }

    /// How far raw samples can go: through the end of a block, all of which is at or before a time.
    private func rise(_ floor: Timestamp, through end: Timestamp) -> Timestamp {
        var floor = floor
        for block in byEnd where block.maxTime <= end && block.stretch.end > floor {
            guard mayGo(FoldStretch(start: floor, end: block.stretch.end)) else { break }
            floor = block.stretch.end
        }
        return floor
    }

    private var byEnd: [BlockMeta] { plan.raw.sorted { ($0.maxTime, $0.ulid) < ($1.maxTime, $1.ulid) } }

    /// Whether all that raw blocks have in a stretch is in every tier that is to have it.
    private func mayGo(_ stretch: FoldStretch) -> Bool {
        stretch.end <= plan.limit && !plan.raw.contains { block in Tier.allCases.contains { plan.lacks($0, block, in: stretch) } }
    }

    /// How far windows of a tier can go.
    private func rise(_ tier: Tier, _ floors: TierFloors, through end: Timestamp) -> Timestamp {
        var floor = skip(floors.floor(tier), tier, through: end)
        for block in plan.blocks(tier) where block.stretch.end <= end && block.stretch.end > floor {
            guard mayGo(tier, block) else { break }
            floor = skip(block.stretch.end, tier, through: end)
        }
        return floor
    }

    /// Where a tier has no windows, because what is so old is not folded into it, nothing stands in the way of a floor.
    private func skip(_ floor: Timestamp, _ tier: Tier, through end: Timestamp) -> Timestamp {
        let next = plan.blocks(tier).first { $0.stretch.end > floor }?.stretch.start ?? .max
        return max(floor, min(next, known(through: end.seamBefore)))
    }

    /// The last time, up to one, that some block tells of: no floor is behind what there is, or it would be ahead of a clock that is put back.
    private func known(through end: Timestamp) -> Timestamp {
        let all = plan.raw.map(\.stretch) + Tier.allCases.flatMap { plan.coverage($0) }
        return all.filter { $0.start < end }.map { min($0.end, end) }.max() ?? .min
    }

    /// Whether the next coarser tier has all of a block that it is to have.
    private func mayGo(_ tier: Tier, _ block: FoldPlan.Folded) -> Bool {
        guard tier == .fiveMinutes else { return true }
        let wanted = block.stretch.common(FoldStretch(start: plan.begin(.hour), end: .max))
        if wanted.isEmpty { return true }
        return wanted.without(plan.coverage(.hour)).isEmpty
            && !plan.raw.contains { plan.lacks(.hour, $0, in: wanted) }
            && !plan.blocks(.hour).contains { $0.stretch.overlaps(wanted) && plan.isTorn(.hour, $0) }
    }

    /// Removes the blocks that lie below all floors.
    private mutating func removeWhole(_ cause: Cause) {
        let all = [plan.floors] + plan.rules
        let rawFloor = all.map(\.raw).min() ?? .min
        for block in plan.raw where block.stretch.end <= rawFloor && !plan.isUnfolded(block) {
            let isLate = block.compaction.hints.contains(BlockMeta.Compaction.fromOutOfOrder)
            remove(nil, block.ulid, isLate && cause == .time ? .folded : cause)
        }
        for tier in Tier.allCases {
            let floor = all.map { $0.floor(tier) }.min() ?? .min
            for block in plan.blocks(tier) where block.stretch.end <= floor { remove(tier, block.meta.ulid, cause) }
        }
    }

    private mutating func remove(_ tier: Tier?, _ ulid: ULID, _ cause: Cause) {
        removals.append(Removal(tier: tier, ulid: ulid, cause: cause))
        if let tier { plan.tiers[tier]?.removeAll { $0.meta.ulid == ulid } } else { plan.raw.removeAll { $0.ulid == ulid } }
    }

    // MARK: Size

    /// Removes the oldest until all together is no more than a limit, whatever rules say.
    ///
    /// - Parameters:
    ///   - fixed: bytes of logs and head, which count but do not go.
    ///   - isFolding: whether what can be folded will be soon. The tiers then stay until it is: raw samples can go instead of them.
    mutating func shrink(to limit: Int64, fixed: Int64, isFolding: Bool) {
        while fixed + bytes > limit {
            if shrinkRaw() { continue }
            if isFolding, plan.next() != nil { return }
            guard shrink(.fiveMinutes) || shrink(.hour) else { return }
        }
    }

    private var bytes: Int64 {
        let ulids = plan.raw.map(\.ulid) + Tier.allCases.flatMap { plan.blocks($0).map(\.meta.ulid) }
        return ulids.reduce(0) { $0 + (sizes[$1] ?? 0) }
    }

    /// Whether a raw block could go.
    private mutating func shrinkRaw() -> Bool {
        guard let oldest = byEnd.first else { return false }
        let before = removals.count
        let end = oldest.stretch.end
        if end > plan.floors.raw || plan.rules.contains(where: { end > $0.raw }) {
            guard mayGo(FoldStretch(start: .min, end: end)) else { return false }
            plan.floors.raw = max(plan.floors.raw, end)
            for at in plan.rules.indices { plan.rules[at].raw = max(plan.rules[at].raw, end) }
        }
        removeWhole(.size)
        return removals.count > before
    }

    private mutating func shrink(_ tier: Tier) -> Bool {
        guard let oldest = plan.blocks(tier).first, mayGo(tier, oldest) else { return false }
        let before = removals.count
        plan.floors.raise(tier, oldest.stretch.end)
        for at in plan.rules.indices { plan.rules[at].raise(tier, oldest.stretch.end) }
        removeWhole(.size)
        return removals.count > before
    }
}
