import Model
import Synchronization

extension Database {
    /// Cuts blocks from the head, then merges blocks, until nothing is due.
    func compactWhatIsDue(_ work: inout Maintenance, _ now: Int64) {
        let start = clock.now()
        var done = 0
        let whole = attempt("compaction") { () throws(StorageError) in
            done += try setFutureAside()
            let cut = try cutHead(&work)
            done += try compactEndedSeries(&work, now)
            // Late data goes to blocks in the same rhythm, as in Prometheus; by itself where nothing comes in order.
            done += cut > 0 || isOutOfOrderCutDue ? cut + (try cutOutOfOrder(&work)) : 0
            foldWhatIsDue(&work, now)
            done += try mergeBlocks(&work, now)
        }
        if !whole {
            work.nextCompaction = now + Maintenance.retryInterval
            progress.withLock { $0.counts.failedCompactions += 1 }
        }
        guard done > 0 else { return }
        progress.withLock { status in
            status.counts.compactions += done
            status.lastCompaction = (clock.now(), clock.now() - start)
        }
    }

    // MARK: The head

    private var isOutOfOrderCutDue: Bool {
        let stats = head.stats
        guard let first = stats.minOutOfOrderTime, let last = stats.maxOutOfOrderTime else { return false }
        return last.earlier(by: options.minBlockDuration / 2 * 3) > first
    }

    /// The multiples of the shortest block duration around a time.
    func blockRange(_ time: Timestamp) -> (start: Timestamp, end: Timestamp) {
        let length = options.minBlockDuration
        let past = time % length
        let start = time - (past < 0 ? past + length : past)
        return (start, start.later(by: length))
    }

    /// The latest time that a sample may have by today's clock.
    var latestTime: Timestamp { clock.now().later(by: options.head.futureTolerance ?? 0) }

    /// Cuts blocks as long as the head spans one and a half of them, but none of a time that is still to come. Returns how many.
    private func cutHead(_ work: inout Maintenance) throws(StorageError) -> Int {
        var cut = 0
        while head.isCutDue, let first = head.minTime, first <= latestTime {
            let range = blockRange(first)
            head.closeForAppends(before: range.end)
            // What fills gaps between chunks came in order: no start reads it again once the block is there.
            let late = head.hasFilledGaps ? head.outOfOrderCopy() : nil
            defer { late?.end() }
            try head.cut(from: range.start, before: range.end) { cursor throws(StorageError) in
                try keep([cursor] + [late?.cursor(from: range.start, before: range.end)].compactMap { $0 }, range, hints: [])
            }
            head.truncate(before: range.end)
            progress.withLock { $0.counts.headTruncations += 1 }
            cut += 1
        }
        guard cut > 0 else { return 0 }
        try checkpoint(&work)
        try head.removeChunkFiles(chunkFiles)
        return cut
    }

    /// When the clock was ahead and has been put right, samples of a time that is still to come would make those of today late, and would keep the
    /// head from being cut. They go to blocks that count as out of order: neither we nor Prometheus begin the head behind those.
    func setFutureAside() throws(StorageError) -> Int {
        guard options.head.futureTolerance != nil, let last = head.maxTime, last > latestTime.later(by: ClockGuard.jump) else { return 0 }
        let latest = latestTime
        let late = head.outOfOrderCopy()
        defer { late.end() }
        var written = 0
        for start in futureStarts(latest, late) {
            let block = blockRange(start)
            let range = (start: max(block.start, latest.later(by: 1)), end: block.end)
            try head.cut(from: range.start, before: range.end) { cursor throws(StorageError) in
                try keep([cursor, late.cursor(from: range.start, before: range.end)], range, hints: [BlockMeta.Compaction.fromOutOfOrder])
            }
            written += 1
        }
        _ = try head.delete([], TimeRange(from: latest.later(by: 1), through: .max))
        try log.syncAll()
        report(
            StorageEvent(
                .warning, "samples of a time still to come, from when the clock was ahead, were set aside in blocks",
                [("from", "\(latest)"), ("through", "\(last)"), ("blocks", "\(written)")]))
        return written
    }

    /// The beginnings of the blocks that samples behind a time go to, whether they came in order or not.
    private func futureStarts(_ latest: Timestamp, _ late: OutOfOrderCut) -> [Timestamp] {
        var starts = Set(late.starts(length: options.minBlockDuration).filter { blockRange($0).end > latest.later(by: 1) })
        var next = head.firstTime(after: latest)
        while let first = next {
            let range = blockRange(first)
            starts.insert(range.start)
            next = head.firstTime(after: range.end.earlier(by: 1))
        }
        return starts.sorted()
    }

    /// Writes what came out of order to blocks of the shortest length, which are merged with those they overlap. Returns how many.
    func cutOutOfOrder(_ work: inout Maintenance) throws(StorageError) -> Int {
        var written = 0
        work.lateIsSettled = false
        _ = try head.cutOutOfOrder { cut throws(StorageError) in
            for start in cut.starts(length: options.minBlockDuration) {
                let range = blockRange(start)
                try keep([cut.cursor(from: range.start, before: range.end)], range, hints: [BlockMeta.Compaction.fromOutOfOrder])
                written += 1
            }
        }
        work.lateIsSettled = true
        return written
    }

    /// Writes a block, shows it to queries, and reports it; nothing if there are no samples.
    func keep(
        _ cursors: [any ChunkSeriesCursor], _ range: (start: Timestamp, end: Timestamp), hints: [String]
    ) throws(StorageError) {
        var request = BlockRequest(ulid: newULID(), minTime: range.start, maxTime: range.end, hints: hints, segmentSize: options.blockSegmentSize)
        request.joinsShortChunks = true
        let block = try orLeavingOver(request.ulid) { () throws(StorageError) -> Block? in
            guard let meta = try BlockWriter.write(cursors, request, into: path, files) else { return nil }
            return try openBlock(meta.ulid)
        }
        guard let block else { return }
        let meta = block.meta
        blockSet.replace([], with: [block])
        report(StorageEvent(.info, "block written", described(meta)))
    }

    // MARK: Blocks

    /// What reaches below the raw floor stays as it is until it is purged: the tiers have some of it, and of what is late perhaps not yet.
    private var mergeable: [BlockMeta] {
        let coverage = blockSet.coverage
        return coverage.raw.map(\.meta).filter { $0.minTime > coverage.rawFloor }
    }

    private func mergeBlocks(_ work: inout Maintenance, _ now: Int64) throws(StorageError) -> Int {
        var merged = 0
        while now >= work.nextMerge, !isEnding, let next = CompactionPlan.next(mergeable, ranges: blockRanges) {
            let parts = blockSet.all.filter { next.contains($0.meta.ulid) }
            guard hasRoom(for: parts, &work) else {
                work.nextMerge = now + Maintenance.retryInterval
                break
            }
            do throws(StorageError) {
                try replace(parts, &work)
            } catch .stopped {
                report(StorageEvent(.info, "a merge of blocks was stopped; the next start takes it up again", []))
                break
            } catch {
                throw error
            }
            merged += 1
        }
        return merged
    }

    /// Whether merging blocks leaves the reserve, and room for the next block from the head: a merge can wait, samples cannot. Told once of each.
    func hasRoom(for parts: [Block], _ work: inout Maintenance) -> Bool {
        guard let space = try? files.space(path) else { return true }
        let needed = Int64(Compactor.estimatedBytes(parts))
        let kept = options.reserve.bytes(of: space) + head.estimatedCutBytes
        if space.free - kept >= needed { return true }
        let names = Set(parts.map(\.meta.ulid))
        if work.waitingForRoom != names {
            work.waitingForRoom = names
            report(
                StorageEvent(
                    .warning, "there is no room to merge blocks; they stay as they are until there is",
                    [
                        ("blocks", names.sorted().map { "\($0)" }.joined(separator: " ")), ("needed", "\(needed)"), ("free", "\(space.free)"),
                        ("kept_free", "\(kept)"),
                    ]))
        }
        return false
    }

    /// The lengths to which blocks grow: three times the one before, up to a tenth of the retention.
    private var blockRanges: [Int64] {
        var longest = options.maxBlockDuration
        if let time = retention.time { longest = min(longest, max(options.minBlockDuration, time / 10)) }
        return CompactionPlan.ranges(shortest: options.minBlockDuration, longest: longest)
    }

    /// Merges blocks into one, without what was deleted from them, and removes them.
    func replace(_ parts: [Block], _ work: inout Maintenance) throws(StorageError) {
        let old = Set(parts.map(\.meta.ulid))
        var request = MergeRequest(ulid: newULID(), segmentSize: options.blockSegmentSize)
        request.proceed = { [self] _ in !isEnding }
        try nameSources(of: parts, work)
        // Once the new block is there, the next start goes by it, whatever comes in between.
        if !Compactor.hints(parts.map(\.meta)).isEmpty { try rememberStart(of: parts, &work) }
        let block = try orLeavingOver(request.ulid) { () throws(StorageError) -> Block? in
            guard let meta = try Compactor.merge(parts, request, into: path, files) else { return nil }
            return try openBlock(meta.ulid)
        }
        if block == nil { try rememberStart(of: parts, &work) }
        blockSet.replace(old, with: [block].compactMap { $0 })
        if let block {
            report(StorageEvent(.info, "blocks merged", described(block.meta) + [("from", parts.map { "\($0.meta.ulid)" }.joined(separator: " "))]))
        }
        for part in parts { remove(part.meta.ulid) }
    }

    /// To be called before blocks go, or are merged into one that does not tell up to which time all that came in order is in blocks. The log may
    /// still have what was deleted from them, and where the next replay begins is told by the blocks that are there. (Whether others count that end
    /// later is up to the clock.)
    func rememberStart(of blocks: [Block], _ work: inout Maintenance) throws(StorageError) {
        let ends = blocks.map(\.meta).filter(\.compaction.hints.isEmpty).map(\.maxTime)
        guard let end = ends.max(), end > work.state.emptiedUntil ?? .min else { return }
        work.state.emptiedUntil = end
        let state = work.state
        try wrapped { () throws(FileError) in try state.write(folder.state, files) }
        work.savedState = state
    }

    /// Runs what makes a block. If it fails the block may be there all the same: renamed, but perhaps not for good.
    func orLeavingOver<R>(_ ulid: ULID, of tier: Tier? = nil, _ body: () throws(StorageError) -> R) throws(StorageError) -> R {
        do throws(StorageError) { return try body() } catch {
            leftovers.withLock { _ = $0.insert(Leftover(ulid: ulid, tier: tier)) }
            throw error
        }
    }

    /// Removes the blocks that should not be there. The next start would take them for what they say they are: with what has been deleted since, or
    /// in place of others.
    func removeLeftovers() throws(StorageError) {
        for leftover in leftovers.withLock({ $0.sorted { $0.ulid < $1.ulid } }) {
            let place = folder.blocks(of: leftover.tier)
            try wrapped { () throws(FileError) in
                if try files.kind(folder.block(leftover.ulid, of: leftover.tier)) == .folder {
                    try BlockFolder.remove(leftover.ulid, in: place, files)
                } else if try files.kind(place) == .folder {
                    // Gone, but perhaps not for good either.
                    try files.syncFolder(place)
                }
            }
            leftovers.withLock { _ = $0.remove(leftover) }
        }
    }

    /// Removes a block that is no longer needed. What cannot be removed now is tried again.
    func remove(_ ulid: ULID, of tier: Tier? = nil) {
        do { try BlockFolder.remove(ulid, in: folder.blocks(of: tier), files) } catch {
            leftovers.withLock { _ = $0.insert(Leftover(ulid: ulid, tier: tier)) }
            report(StorageEvent(.warning, "a block could not be removed", [("block", "\(ulid)"), ("cause", "\(error)")]))
        }
    }

    func described(_ meta: BlockMeta) -> [(name: String, value: String)] {
        (meta.fold.map { [("tier", $0.tier.rawValue)] } ?? []) + [
            ("block", "\(meta.ulid)"), ("min_time", "\(meta.minTime)"), ("max_time", "\(meta.maxTime)"), ("level", "\(meta.compaction.level)"),
            ("series", "\(meta.stats.series)"), (meta.fold == nil ? "samples" : "windows", "\(meta.stats.samples)"),
        ]
    }
}

/// A block that is there and should not be.
struct Leftover: Hashable {
    let ulid: ULID
    /// Nil: a raw one.
    let tier: Tier?
}
