import Model
import Synchronization

/// What folding was decided by: as long as it is the same, so is what is to be folded.
struct FoldingState: Equatable {
    /// Of `TierCoverage`.
    var number: Int
    var limit: Timestamp
    var oldest: [Tier: Timestamp]
}

extension Database {
    /// Folds what the head has been cut into, and one piece of what waits besides; then makes larger blocks of the tiers. What fails is reported and
    /// tried again later; raw samples stay until it succeeds.
    func foldWhatIsDue(_ work: inout Maintenance, _ now: Int64) {
        guard now >= work.nextFold, !isEnding else { return }
        let state = FoldingState(number: blockSet.coverage.number, limit: foldLimit, oldest: oldestFolded(work))
        if work.folded == state { return }
        do throws(StorageError) {
            let isDone = try fold(&work, now)
            guard isDone else { return }
            if try mergeTiers(&work, now) { work.folded = FoldingState(number: blockSet.coverage.number, limit: state.limit, oldest: state.oldest) }
        } catch .stopped {
            report(StorageEvent(.info, "folding was stopped; the next start takes it up again"))
        } catch {
            work.nextFold = now + Maintenance.retryInterval
            report(StorageEvent(.error, "folding failed; it will be tried again", [("cause", "\(error)")]))
        }
    }

    /// Whether nothing is left to do. After a while the head's own work has its turn.
    private func fold(_ work: inout Maintenance, _ now: Int64) throws(StorageError) -> Bool {
        let end = clock.monotonic() + Self.foldingTurn
        for _ in 0..<Self.foldsAtOnce {
            guard let job = foldPlan(work).next() else { return true }
            guard hasRoom(for: inputs(job).flatMap(\.touched), &work) else {
                work.nextFold = now + Maintenance.retryInterval
                return false
            }
            guard try settle(job, &work) else { continue }
            try carryOut(job, &work)
            note(job, work)
            if clock.monotonic() >= end { break }
        }
        return false
    }

    private static let foldsAtOnce = 64
    /// Nanoseconds.
    private static let foldingTurn: Int64 = 300_000_000

    /// Before late samples are added to windows nothing else may have them, or the next start would find them in the log and add them again. Returns
    /// false if they had to be put into blocks first: then there is more to add.
    func settle(_ job: FoldJob, _ work: inout Maintenance) throws(StorageError) -> Bool {
        if job.late.isEmpty || work.lateIsSettled { return true }
        _ = try cutOutOfOrder(&work)
        return false
    }

    /// Makes larger blocks of small ones, one each time. Whether nothing is left to do.
    private func mergeTiers(_ work: inout Maintenance, _ now: Int64) throws(StorageError) -> Bool {
        let plan = foldPlan(work)
        for tier in Tier.allCases {
            guard let next = plan.merging(tier, ranges: tierRanges(tier)) else { continue }
            let parts = blockSet.all(tier).filter { next.contains($0.meta.ulid) }
            guard let job = FoldJob(merging: parts.map(\.meta), of: tier), hasRoom(for: parts, &work) else {
                work.nextFold = now + Maintenance.retryInterval
                return false
            }
            try carryOut(job, &work)
            count(tier) { $0.compactions += 1 }
            return false
        }
        return true
    }

    // MARK: What is to be done

    /// Stretches that are folded begin and end at multiples of this: the ranges of the blocks that are cut, or the hours that hold them.
    var foldStep: Int64 { max(Tier.seam, options.minBlockDuration.seamBehind) }

    /// The end of the last stretch of which all samples that come in order are in blocks: those that were cut from the head, or, of what an import or
    /// another program has brought, as far as nothing is to be expected from the head. Nothing of a time still to come is folded.
    var foldLimit: Timestamp {
        let floor = head.floor
        var limit = foldBorder(before: floor)
        if let end = blockSet.all.map(\.meta.stretch.end).max(), end > floor {
            limit = max(limit, min(foldBorder(before: nextInOrder), foldBorder(behind: end)))
        }
        return options.head.futureTolerance == nil ? limit : min(limit, foldBorder(before: latestTime))
    }

    /// The earliest time at which samples may still come in order, if none come to an empty head that are older than what a full one would hold.
    /// Those that do are folded in later.
    var nextInOrder: Timestamp {
        guard let first = head.minTime, let last = head.maxTime else { return clock.now().earlier(by: options.minBlockDuration / 2 * 3) }
        return min(first, min(last, latestTime).earlier(by: options.minBlockDuration / 2))
    }

    /// The last multiple of the step before a time.
    private func foldBorder(before time: Timestamp) -> Timestamp {
        guard time > .min + foldStep else { return .min }
        let last = time - 1
        let past = last % foldStep
        return last - (past < 0 ? past + foldStep : past)
    }

    /// The first one at or behind a time.
    private func foldBorder(behind time: Timestamp) -> Timestamp { foldBorder(before: time).later(by: foldStep) }

    func foldPlan(_ work: Maintenance) -> FoldPlan {
        let coverage = blockSet.coverage
        var plan = FoldPlan(raw: coverage.raw.map(\.meta), limit: foldLimit)
        if options.head.futureTolerance != nil { plan.latest = latestTime }
        for tier in Tier.allCases { plan.tiers[tier] = coverage.blocks(tier).map { FoldPlan.Folded($0.meta, holes: $0.holes) } }
        plan.floors = coverage.floors
        plan.rules = coverage.rules.map(\.floors)
        plan.oldest = oldestFolded(work)
        plan.step = foldStep
        plan.piece = CompactionPlan.ranges(shortest: foldStep, longest: max(foldStep, 24 * Tier.seam)).last ?? foldStep
        return plan
    }

    /// What would go from a tier at once need not be folded first.
    func oldestFolded(_ work: Maintenance) -> [Tier: Timestamp] {
        guard let now = purgeTime(work.clock) else { return [:] }
        var oldest: [Tier: Timestamp] = [:]
        let all = [keptTimes] + ruleTimes(blockSet.coverage.rules)
        for tier in Tier.allCases {
            let times = all.map { $0.time(tier) }
            guard !times.contains(where: { $0 == nil || $0 == 0 }), let longest = times.compactMap({ $0 }).max() else { continue }
            oldest[tier] = now.earlier(by: longest).seamBefore
        }
        return oldest
    }

    /// The lengths to which a tier's blocks grow: up to a tenth of the time that it is kept, and so long that chunks have 120 windows.
    private func tierRanges(_ tier: Tier) -> [Int64] {
        let kept = tierSetting.withLock { $0.keeps(tier) }.map { $0 / 10 } ?? options.maxBlockDuration
        let longest = max(kept, tier == .hour ? 7 * 24 * Tier.seam : 24 * Tier.seam)
        return CompactionPlan.ranges(shortest: foldStep, longest: max(foldStep, longest))
    }

    // MARK: Doing it

    private func inputs(_ job: FoldJob) -> [FoldInput] {
        let coverage = blockSet.coverage
        return job.parts.map { part in
            let blocks =
                switch part.source {
                case .raw: coverage.raw
                case .finer: coverage.fiveMinutes
                case .replaced: coverage.blocks(job.tier).filter { job.replaced.contains($0.meta.ulid) }
                case .late(let ulid): coverage.raw.filter { $0.meta.ulid == ulid }
                }
            var input = FoldInput(blocks, start: part.stretch.start, end: part.stretch.end)
            if job.isByRule { input.series = { coverage.rules.first(matching: $0) == part.rule } }
            return input
        }
    }

    /// Writes the block, and puts it in the place of those that it replaces.
    @discardableResult
    func carryOut(_ job: FoldJob, _ work: inout Maintenance, skipsDamage: Bool = false) throws(StorageError) -> Block {
        // What an attempt before may have left would tell of the same time.
        try removeLeftovers()
        try rememberTiers(&work)
        let place = folder.blocks(of: job.tier)
        try wrapped { () throws(FileError) in try files.makeLastingFolder(place) }
        let replaced = blockSet.all(job.tier).filter { job.replaced.contains($0.meta.ulid) }
        var request = TierRequest(
            ulid: newULID(), tier: job.tier, start: job.stretch.start, end: job.stretch.end, inputs: inputs(job), replaced: replaced.map(\.meta))
        request.segmentSize = options.blockSegmentSize
        request.skipsDamage = skipsDamage
        request.proceed = { [self] _ in !isEnding }
        let block = try write(request, into: place)
        blockSet.replace(Set(job.replaced), with: [block], in: job.tier)
        if !skipsDamage { for ulid in job.replaced { remove(ulid, of: job.tier) } }
        return block
    }

    private func write(_ request: TierRequest, into place: String) throws(StorageError) -> Block {
        do throws(StorageError) {
            return try orLeavingOver(request.ulid, of: request.tier) { () throws(StorageError) in
                try openBlock(TierWriter.write(request, into: place, files).ulid, of: request.tier)
            }
        } catch {
            if case .stopped = error {} else { count(request.tier) { $0.failures += 1 } }
            throw error
        }
    }

    /// From the first block of a tier on the folder is one that a program without tiers must leave alone.
    private func rememberTiers(_ work: inout Maintenance) throws(StorageError) {
        guard !work.state.hasTiers else { return }
        work.state.hasTiers = true
        try writeState(&work)
    }

    /// Writes the state now, whatever it costs: what follows depends on it.
    func writeState(_ work: inout Maintenance) throws(StorageError) {
        let state = work.state
        try wrapped { () throws(FileError) in try state.write(folder.state, files) }
        work.savedState = state
    }

    private func note(_ job: FoldJob, _ work: Maintenance) {
        count(job.tier) { counts in
            if job.isNew { counts.folds += 1 } else { counts.refolds += 1 }
            if !job.late.isEmpty { counts.lateMerges += 1 }
        }
        let plan = foldPlan(work)
        let left = Tier.allCases.reduce(0) { $0 + plan.backlog($1) }
        progress.withLock { status in
            status.folding =
                left == 0 ? nil : FoldingProgress(tier: job.tier, from: job.stretch.start, through: job.stretch.end, left: left)
        }
        let done = job.isNew ? "folded" : job.late.isEmpty ? "folded anew" : "late samples added to a tier"
        report(
            StorageEvent(
                .info, done,
                [
                    ("tier", job.tier.rawValue), ("from", "\(job.stretch.start)"), ("through", "\(job.stretch.end)"),
                    ("replaced", "\(job.replaced.count)"), ("late", "\(job.late.count)"), ("left_ms", "\(left)"),
                ]))
    }

    func count(_ tier: Tier?, _ change: (inout TierStatus.Counts) -> Void) {
        progress.withLock { status in
            guard let place = status.tiers.firstIndex(where: { $0.tier == tier }) else { return }
            change(&status.tiers[place].counts)
        }
    }

    // MARK: Merges of raw blocks

    /// To be called before raw blocks are merged. The whole will have the sources of all, and blocks of tiers in its time that lack some of them would
    /// seem not to have all of it, though they have no samples there.
    func nameSources(of parts: [Block], _ work: Maintenance) throws(StorageError) {
        let metas = parts.map(\.meta)
        guard metas.count > 1, let first = metas.first else { return }
        let plan = foldPlan(work)
        let whole = metas.reduce(first.stretch) { $0.union($1.stretch) }
        let sources = Set(metas.flatMap(\.compaction.sources)).sorted()
        for tier in Tier.allCases where !metas.contains(where: { plan.lacks(tier, $0, in: $0.stretch) }) {
            for block in blockSet.all(tier) where block.meta.stretch.overlaps(whole) {
                let known = Set(block.meta.fold?.sources ?? [])
                if !sources.allSatisfy(known.contains) { try block.name(sources) }
            }
        }
        blockSet.change()
    }
}

extension FoldJob {
    /// One block of several of a tier, or of one without what was deleted from it; nil without any.
    init?(merging blocks: [BlockMeta], of tier: Tier) {
        guard let first = blocks.first else { return nil }
        let stretch = blocks.reduce(first.stretch) { $0.union($1.stretch) }
        self.init(tier: tier, stretch: stretch, replaced: blocks.map(\.ulid), parts: [Part(source: .replaced, stretch: stretch)])
    }
}

extension FoldPlan {
    /// Milliseconds of time that raw blocks have and a tier is still to have.
    func backlog(_ tier: Tier) -> Int64 {
        let wanted = FoldStretch(start: max(floors.raw, begin(tier)), end: limit)
        guard !wanted.isEmpty else { return 0 }
        // What is wanted without what no raw block has.
        let there = wanted.without(wanted.without(raw.map(\.stretch)))
        return there.flatMap { $0.without(coverage(tier)) }.reduce(0) { $0 + ($1.end - $1.start) }
    }
}
