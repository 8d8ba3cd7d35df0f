import Model
import Synchronization

extension Database {
    /// Cuts blocks from the head, then merges blocks, until nothing is due.
    func compactWhatIsDue(_ work: inout Maintenance, _ now: Int64) {
        let start = clock.now()
        var done = 0
        let whole = attempt("compaction") { () throws(StorageError) in
            let cut = try cutHead(&work)
            // Late data goes to blocks in the same rhythm, as in Prometheus.
            done += cut > 0 ? cut + (try cutOutOfOrder()) : 0
            done += try mergeBlocks()
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

    /// The multiples of the shortest block duration around a time.
    private func blockRange(_ time: Timestamp) -> (start: Timestamp, end: Timestamp) {
        let length = options.minBlockDuration
        let past = time % length
        let start = time - (past < 0 ? past + length : past)
        return (start, start.later(by: length))
    }

    /// Cuts blocks as long as the head spans one and a half of them. Returns how many.
    private func cutHead(_ work: inout Maintenance) throws(StorageError) -> Int {
        var cut = 0
        while head.isCutDue, let first = head.minTime {
            let range = blockRange(first)
            try head.cut(from: range.start, before: range.end) { cursor throws(StorageError) in try keep([cursor], range, hints: []) }
            head.truncate(before: range.end)
            progress.withLock { $0.counts.headTruncations += 1 }
            cut += 1
        }
        guard cut > 0 else { return 0 }
        try checkpoint(&work)
        try head.removeChunkFiles(chunkFiles)
        return cut
    }

    /// Writes what came out of order to blocks of the shortest length, which are merged with those they overlap. Returns how many.
    func cutOutOfOrder() throws(StorageError) -> Int {
        var written = 0
        _ = try head.cutOutOfOrder { cut throws(StorageError) in
            for start in cut.starts(length: options.minBlockDuration) {
                let range = blockRange(start)
                try keep([cut.cursor(from: range.start, before: range.end)], range, hints: [BlockMeta.Compaction.fromOutOfOrder])
                written += 1
            }
        }
        return written
    }

    /// Writes a block, shows it to queries, and reports it; nothing if there are no samples.
    private func keep(
        _ cursors: [any ChunkSeriesCursor], _ range: (start: Timestamp, end: Timestamp), hints: [String]
    ) throws(StorageError) {
        let request = BlockRequest(ulid: newULID(), minTime: range.start, maxTime: range.end, hints: hints, segmentSize: options.blockSegmentSize)
        guard let meta = try BlockWriter.write(cursors, request, into: path, files) else { return }
        blockSet.replace([], with: [try openBlock(meta.ulid)])
        report(StorageEvent(.info, "block written", described(meta)))
    }

    // MARK: Blocks

    private func mergeBlocks() throws(StorageError) -> Int {
        var merged = 0
        while let next = CompactionPlan.next(blockSet.all.map(\.meta), ranges: blockRanges) {
            let parts = blockSet.all.filter { next.contains($0.meta.ulid) }
            try replace(parts)
            merged += 1
        }
        return merged
    }

    /// The lengths to which blocks grow: three times the one before, up to a tenth of the retention.
    private var blockRanges: [Int64] {
        var longest = options.maxBlockDuration
        if let time = retention.time { longest = min(longest, max(options.minBlockDuration, time / 10)) }
        return CompactionPlan.ranges(shortest: options.minBlockDuration, longest: longest)
    }

    /// Merges blocks into one, without what was deleted from them, and removes them.
    func replace(_ parts: [Block]) throws(StorageError) {
        let old = Set(parts.map(\.meta.ulid))
        let request = MergeRequest(ulid: newULID(), segmentSize: options.blockSegmentSize)
        let meta = try Compactor.merge(parts, request, into: path, files)
        blockSet.replace(old, with: try meta.map { meta throws(StorageError) in [try openBlock(meta.ulid)] } ?? [])
        if let meta {
            report(StorageEvent(.info, "blocks merged", described(meta) + [("from", parts.map { "\($0.meta.ulid)" }.joined(separator: " "))]))
        }
        for part in parts { remove(part.meta.ulid) }
    }

    /// Removes a block that is no longer needed. What cannot be removed now is at the next start.
    func remove(_ ulid: ULID) {
        do { try BlockFolder.remove(ulid, in: path, files) } catch {
            report(StorageEvent(.warning, "a block could not be removed", [("block", "\(ulid)"), ("cause", "\(error)")]))
        }
    }

    func described(_ meta: BlockMeta) -> [(name: String, value: String)] {
        [
            ("block", "\(meta.ulid)"), ("min_time", "\(meta.minTime)"), ("max_time", "\(meta.maxTime)"), ("level", "\(meta.compaction.level)"),
            ("series", "\(meta.stats.series)"), ("samples", "\(meta.stats.samples)"),
        ]
    }
}
