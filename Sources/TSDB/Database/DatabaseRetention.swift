import Model
import Synchronization

extension Database {
    /// What is kept of raw samples: what the operator says; else everything in a folder that another program wrote, and the usual in our own.
    public var retention: Retention {
        retentionSetting.withLock { $0 } ?? (keepsEverything ? .everything : .usual)
    }

    /// A reload changes what is kept; nil: what is usual.
    public func setRetention(_ retention: Retention?) { retentionSetting.withLock { $0 = retention } }

    /// A reload changes how long tiers are kept, and by which rules. They count from the next maintenance on.
    public func setTiers(_ policy: TierPolicy) { tierSetting.withLock { $0 = policy } }

    public var tierPolicy: TierPolicy { tierSetting.withLock { $0 } }

    /// A folder that another program wrote, as long as the operator has not said what to keep.
    private var keepsEverything: Bool { retentionSetting.withLock { $0 == nil } && progress.withLock { $0.isAdopted } }

    // MARK: What is kept

    /// How long series are kept that no rule matches.
    var keptTimes: PurgePlan.Times {
        if keepsEverything { return PurgePlan.Times() }
        let policy = tierSetting.withLock { $0 }
        return PurgePlan.Times(raw: retention.time, fiveMinutes: policy.fiveMinutes, hour: policy.hour)
    }

    /// How long those are kept whose floors these are. What a rule says that is gone no longer counts.
    func ruleTimes(_ rules: [RuleFloors]) -> [PurgePlan.Times] {
        let general = keptTimes
        if keepsEverything { return rules.map { _ in general } }
        let asked = tierSetting.withLock { $0.rules }
        return rules.map { floors in
            guard let rule = asked.first(where: { $0.matchers == floors.matchers }) else { return general }
            return PurgePlan.Times(
                raw: rule.raw ?? general.raw, fiveMinutes: rule.fiveMinutes ?? general.fiveMinutes, hour: rule.hour ?? general.hour)
        }
    }

    /// The time by which purging goes; nil while the clock is not believed.
    func purgeTime(_ clock: ClockGuard) -> Timestamp? {
        clock.purgeTime(newestSample: [head.maxTime, blockSet.all.map { $0.meta.maxTime - 1 }.max()].compactMap { $0 }.max())
    }

    // MARK: Purging

    /// Removes what is too old, or too much. Each block is logged with its reason.
    func applyRetention(_ work: inout Maintenance) {
        // A block of a tier that cannot be read must be folded anew first, from raw samples.
        guard damaged.isEmpty else { return }
        let retention = retention
        let limit = byteLimit(retention)
        attempt("purging") { () throws(StorageError) in
            // Who knows whether the clock was ahead or is behind, and so what of the floors is true: nothing else is put on record in their place.
            if work.floorsAreAhead, purgeTime(work.clock) == nil { return }
            try followRules(&work)
            var purge = PurgePlan(foldPlan(work), sizes: blockSizes)
            let rules = blockSet.coverage.rules
            purge.purge(keptTimes, rules: ruleTimes(rules), now: purgeTime(work.clock))
            if let limit { purge.shrink(to: limit, fixed: fixedBytes, isFolding: isFolding(work)) }
            if try putLateAside(before: purge, &work) || !canAnswer(for: purge, &work) { return }
            try carryOut(purge, limit, &work)
            try trim(&work)
        }
        progress.withLock { status in
            status.retention = retention
            status.byteLimit = limit
        }
    }

    /// Whether nothing holds up what is to be folded: neither an error nor a disk without room.
    private func isFolding(_ work: Maintenance) -> Bool { max(work.nextFold, work.nextCompaction) <= clock.monotonic() / 1_000_000 }

    private var blockSizes: [ULID: Int64] {
        let coverage = blockSet.coverage
        let all = coverage.raw + coverage.fiveMinutes + coverage.hour
        return Dictionary(all.map { ($0.meta.ulid, Int64($0.bytes)) }) { first, _ in first }
    }

    /// Of logs and head.
    private var fixedBytes: Int64 {
        let sizes = progress.withLock { $0.sizes }
        return sizes.total - sizes.blocks - sizes.tiers
    }

    /// The smaller of the limit in bytes and that in hundredths of the disk.
    private func byteLimit(_ retention: Retention) -> Int64? {
        var limits = [retention.bytes].compactMap { $0 }.filter { $0 > 0 }
        if let percentage = retention.percentage, percentage > 0, let space = try? files.space(path) {
            limits.append(Int64(Double(space.total) * percentage / 100))
        }
        return limits.min()
    }

    /// When a clock that was ahead is put right, the floors that rose by it no longer count, and when one that was behind is they do again. They stay on
    /// record until others take their place: as soon as something is purged, or, if no jump tells that the clock was behind, their time has come.
    func compareFloors(_ work: inout Maintenance, jumped: Bool) {
        let areAhead = work.state.hasFloors(behind: latestTime)
        guard areAhead != work.floorsAreAhead else { return }
        work.floorsAreAhead = areAhead
        let coverage = blockSet.coverage
        if !areAhead, !jumped { return (work.state.floors, work.state.rules) = (coverage.floors, coverage.rules) }
        var tiers: [Tier: [BlockMeta]] = [:]
        for tier in Tier.allCases { tiers[tier] = coverage.blocks(tier).map(\.meta) }
        let floors = work.state.floors(
            coverage.raw.map(\.meta), tiers, tierSetting.withLock { $0.rules }, latest: latestTime, block: options.minBlockDuration)
        guard floors != (coverage.floors, coverage.rules) else { return }
        blockSet.change { ($0.floors, $0.rules) = floors }
        work.trimmed = [:]
        let message =
            areAhead
            ? "data was purged up to a time still to come: the clock was ahead, or is behind; until that is known, the blocks tell what is there"
            : "the clock agrees again with what is known of the data that was purged"
        report(StorageEvent(.warning, message))
    }

    /// Takes over rules that have changed.
    private func followRules(_ work: inout Maintenance) throws(StorageError) {
        let coverage = blockSet.coverage
        let rules = RuleFloors.following(tierSetting.withLock { $0.rules }, known: coverage.rules, coverage.floors)
        guard rules != coverage.rules else { return }
        try show(coverage.floors, rules, &work) { _ in }
        work.trimmed = [:]
    }

    /// Puts the floors on record before anybody goes by them.
    private func show(
        _ floors: TierFloors, _ rules: [RuleFloors], _ work: inout Maintenance, _ change: (inout BlockSet.Contents) -> Void
    ) throws(StorageError) {
        let before = work.state
        (work.state.floors, work.state.rules) = (floors, rules)
        let saved = work.savedState
        if saved?.floors != floors || saved?.rules != rules || saved?.emptiedUntil != work.state.emptiedUntil {
            do throws(StorageError) { try writeState(&work) } catch {
                // What nobody goes by yet must not look, the next time, as if it were on record.
                (work.state.floors, work.state.rules) = (before.floors, before.rules)
                throw error
            }
        }
        blockSet.change { contents in
            (contents.floors, contents.rules) = (floors, rules)
            change(&contents)
        }
    }

    private func carryOut(_ purge: PurgePlan, _ limit: Int64?, _ work: inout Maintenance) throws(StorageError) {
        let coverage = blockSet.coverage
        var rules = coverage.rules
        for (place, floors) in purge.rules.enumerated() { rules[place].floors = floors }
        let gone = purge.removals.compactMap { removal in block(removal).map { (block: $0, removal: removal) } }
        guard !gone.isEmpty || purge.floors != coverage.floors || rules != coverage.rules else { return }
        // The log may still have what of them is in the tiers alone now. What is nowhere else may come back, if a clock that was ahead is put back.
        let folded = Tier.allCases.flatMap { blockSet.all($0).map(\.meta.stretch) }
        let raw = gone.filter { $0.removal.tier == nil }.map(\.block.meta)
        // A block of late samples may have some that the log has as others, but beside it there is what came in order and is in no block yet.
        let headStart = min(max(head.floor, blockRange(nextInOrder).start), latestTime)
        let ends = raw.filter { block in folded.contains { $0.overlaps(block.stretch) } }.map { block in
            block.compaction.hints.isEmpty ? block.maxTime : min(block.maxTime, headStart)
        }
        if let end = ends.max() { work.state.emptiedUntil = max(end, work.state.emptiedUntil ?? .min) }
        try show(purge.floors, rules, &work) { contents in
            for (block, removal) in gone { contents.replace([block.meta.ulid], with: [], in: removal.tier) }
        }
        for (block, removal) in gone {
            remove(block.meta.ulid, of: removal.tier)
            noteRemoval(block, removal, limit)
        }
    }

    func block(_ removal: PurgePlan.Removal) -> Block? {
        let coverage = blockSet.coverage
        return (removal.tier.map { coverage.blocks($0) } ?? coverage.raw).first { $0.meta.ulid == removal.ulid }
    }

    private func noteRemoval(_ block: Block, _ removal: PurgePlan.Removal, _ limit: Int64?) {
        let kept = removal.tier.map { keptTimes.time($0) } ?? keptTimes.raw
        let why =
            switch removal.cause {
            case .time: "older than \(kept ?? 0) ms"
            case .size: "more than \(limit ?? 0) bytes in all"
            case .folded: "late samples of a time of which no others are left are in the tiers now"
            }
        report(StorageEvent(.info, "block removed by retention", described(block.meta) + [("bytes", "\(block.bytes)"), ("reason", why)]))
        count(removal.tier) { counts in
            if removal.cause == .size { counts.purgedBySize += 1 } else { counts.purgedByTime += 1 }
        }
        guard removal.tier == nil else { return }
        progress.withLock { status in
            if removal.cause == .size { status.counts.sizeRetentions += 1 } else { status.counts.timeRetentions += 1 }
        }
    }

    // MARK: Rules

    /// Removes the series whose own time is over from blocks that are kept for the sake of others.
    private func trim(_ work: inout Maintenance) throws(StorageError) {
        let coverage = blockSet.coverage
        guard !coverage.rules.isEmpty else { return }
        let plan = foldPlan(work)
        for tier in [nil] + Tier.allCases {
            for block in tier.map({ coverage.blocks($0) }) ?? coverage.raw where !isEnding {
                // What came late to a time that is gone for some series is still to be added to their windows.
                if tier == nil, plan.isUnfolded(block.meta) { continue }
                try trim(block, of: tier, coverage, &work)
            }
        }
        let there = Set((coverage.raw + coverage.fiveMinutes + coverage.hour).map(\.meta.ulid))
        work.trimmed = work.trimmed.filter { there.contains($0.key) }
    }

    private func trim(_ block: Block, of tier: Tier?, _ coverage: TierCoverage, _ work: inout Maintenance) throws(StorageError) {
        let floors = (coverage.rules.map(\.floors) + [coverage.floors]).map { tier.map($0.floor) ?? $0.raw }
        let gone = floors.map { block.meta.stretch.end <= $0 }
        guard gone.contains(true), work.trimmed[block.meta.ulid] != gone else { return }
        let count = try block.trim { gone[coverage.rules.first(matching: $0) ?? coverage.rules.count] }
        work.trimmed[block.meta.ulid] = gone
        guard count > 0 else { return }
        blockSet.change()
        self.count(tier) { $0.trimmedByRule += 1 }
        report(
            StorageEvent(.info, "series removed from a block by retention rules", described(block.meta) + [("removed", "\(count)")]))
        if let tier {
            if let job = FoldJob(merging: [block.meta], of: tier) { work.trimmed[try carryOut(job, &work).meta.ulid] = gone }
        } else {
            try replace([block], &work)
        }
    }
}

extension PurgePlan.Times {
    func time(_ tier: Tier) -> Int64? { tier == .hour ? hour : fiveMinutes }
}
