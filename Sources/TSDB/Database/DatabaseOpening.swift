import Model

/// The steps of opening a data folder, in order. Until all have succeeded nothing but leftovers of unfinished work is removed.
struct DatabaseOpening {
    let folder: DataFolder
    let options: DatabaseOptions
    let files: any FileSystem
    let clock: any Clock
    let report: Reporter
    let progress: ReplayProgress

    func takeLock() throws(StorageError) -> any FileLock {
        do {
            try files.makeLastingFolder(folder.path)
            return try files.lock(folder.lock)
        } catch let error as FileError {
            throw .file(error)
        } catch let error as FolderInUse {
            throw .inUse(error)
        } catch {
            preconditionFailure("BUG: a lock that fails with \(error)")
        }
    }

    func quarantine() throws(StorageError) -> Quarantine {
        try wrapped { () throws(FileError) in try Quarantine(folder.quarantine, files) }
    }

    /// Throws `StorageError.newerForm` if a later version wrote something in a tier.
    func checkForms() throws(StorageError) {
        for tier in Tier.allCases {
            for ulid in try wrapped({ () throws(FileError) in try folder.blocks(files, of: tier) }) {
                do { _ = try BlockMeta.read(folder.block(ulid, of: tier), files) } catch .newerForm(let path, let version, let known) {
                    throw .newerForm(path: path, version: version, known: known)
                } catch {
                    // What cannot be read is set aside later.
                }
            }
        }
    }

    /// Removes what an interrupted run was building or removing.
    func cleanUp() throws(StorageError) {
        try wrapped { () throws(FileError) in
            for tier in [nil] + Tier.allCases where try files.kind(folder.blocks(of: tier)) == .folder {
                try BlockFolder.cleanUp(folder.blocks(of: tier), files)
            }
            for log in [folder.wal, folder.wbl] { try Checkpoint.cleanUp(log, files) }
            if try files.kind(folder.snapshots) == .folder { try BlockFolder.cleanUp(folder.snapshots, files) }
        }
    }

    /// The folder's state; for a folder without one, whether somebody else has used it. A state that cannot be read is set aside.
    func state(_ quarantine: Quarantine) throws(StorageError) -> DatabaseState {
        do {
            if let state = try DatabaseState.read(folder.state, files) { return state }
        } catch .damaged(let path, let offset, let reason) {
            let place = try wrapped { () throws(FileError) in try quarantine.take(path, cause: reason) }
            report(
                StorageEvent(
                    .error, "the folder's state is damaged and was set aside; nothing is purged until a retention is set",
                    [("offset", "\(offset)"), ("cause", reason), ("set_aside", place)]))
        }
        var state = DatabaseState()
        state.isAdopted = try wrapped { () throws(FileError) in try folder.isUsed(files) }
        state.isNew = true
        return state
    }

    /// Opens all blocks, raw or of a tier; those that cannot be opened are set aside. Blocks that a merge has replaced, and was interrupted before
    /// removing, are removed.
    func blocks(of tier: Tier? = nil, _ quarantine: Quarantine, _ damaged: DamagedBlocks) throws(StorageError) -> [Block] {
        var open: [Block] = []
        for ulid in try wrapped({ () throws(FileError) in try folder.blocks(files, of: tier) }) {
            let path = folder.block(ulid, of: tier)
            do throws(StorageError) {
                let block = try Block.open(path: path, files: files, leavingOutDamage: true) { damaged.note(ulid, cause: "\($0)") }
                let found = block.meta.fold?.tier
                guard found == tier else {
                    throw StorageError.damaged(path: path, offset: 0, reason: "a block of \(found?.rawValue ?? "raw samples") in the wrong place")
                }
                open.append(block)
            } catch .damaged(let path, let offset, let reason) {
                try setAside(ulid, of: tier, "\(path), byte \(offset): \(reason)", quarantine)
            }
        }
        let replaced = Set(open.flatMap { $0.meta.compaction.parents.map(\.ulid) })
        for block in open where replaced.contains(block.meta.ulid) || block.meta.compaction.deletable {
            try wrapped { () throws(FileError) in try BlockFolder.remove(block.meta.ulid, in: folder.blocks(of: tier), files) }
        }
        return open.filter { !replaced.contains($0.meta.ulid) && !$0.meta.compaction.deletable }
    }

    private func setAside(_ ulid: ULID, of tier: Tier?, _ cause: String, _ quarantine: Quarantine) throws(StorageError) {
        let place = try wrapped { () throws(FileError) in try quarantine.take(folder.block(ulid, of: tier), cause: cause) }
        report(StorageEvent(.error, "a block cannot be read and was set aside", [("block", "\(ulid)"), ("cause", cause), ("set_aside", place)]))
    }

    /// The blocks of the tiers. Two of one tier never tell of the same time, or its windows would count twice: the older one of two that do, which only
    /// the saving of a damaged block can leave, is set aside.
    func tiers(_ quarantine: Quarantine, _ damaged: DamagedBlocks) throws(StorageError) -> [Tier: [Block]] {
        var tiers: [Tier: [Block]] = [:]
        for tier in Tier.allCases {
            var kept: [Block] = []
            for block in try blocks(of: tier, quarantine, damaged).sorted(by: { $0.meta.ulid > $1.meta.ulid }) {
                if let other = kept.first(where: { $0.meta.stretch.overlaps(block.meta.stretch) }) {
                    try setAside(block.meta.ulid, of: tier, "block \(other.meta.ulid) tells of the same time", quarantine)
                } else {
                    kept.append(block)
                }
            }
            tiers[tier] = kept
        }
        return tiers
    }

    /// The head's chunks range like blocks.
    var headOptions: HeadOptions {
        var options = options.head
        options.chunkRange = self.options.minBlockDuration
        return options
    }

    /// Reads the head's full chunks. What cannot be read is set aside, and rebuilt from the log.
    func chunks(_ chunkFiles: HeadChunkFiles, _ quarantine: Quarantine, _ status: inout DatabaseStatus) throws(StorageError) -> LoadedHeadChunks {
        try wrapped { () throws(FileError) in
            let loaded = try chunkFiles.load(folder.headChunks, files)
            if let torn = loaded.torn {
                let file = try files.open(torn.path, .append)
                try file.truncate(to: torn.length)
                if torn.length < HeadChunkFiles.headerSize { try files.remove(torn.path) } else { try file.sync() }
            }
            guard let damage = loaded.damage else { return loaded }
            status.counts.headChunkCorruptions += 1
            // The last first: a crash in between leaves the damage in its place for the next start to find.
            for path in loaded.unusable.reversed() { try quarantine.take(path, cause: damage.reason) }
            report(
                StorageEvent(
                    .error, "a file of head chunks is damaged; it and those behind it were set aside, their samples are taken from the log",
                    [("file", damage.path), ("offset", "\(damage.offset)"), ("cause", damage.reason)]))
            return loaded
        }
    }

    /// Fills the head from the logs and opens these for writing.
    func replay(
        _ head: Head, _ blocks: BlockSet, _ state: DatabaseState, _ chunks: LoadedHeadChunks, _ quarantine: Quarantine,
        lostBlocks: Bool, folded: Timestamp?, _ status: inout DatabaseStatus
    ) throws(StorageError) -> DatabaseLog {
        let latest = clock.now().later(by: options.head.futureTolerance ?? 0)
        if options.head.futureTolerance != nil { try markFuture(blocks, latest) }
        let inBlocks = blocks.headStart(notAfter: latest)
        // What is in the tiers alone is not read again, or its windows and it would both count.
        let start = [inBlocks, state.emptiedUntil, folded.map(blockStart)].compactMap { $0 }.max()
        head.beginReplay(start: start, greatestReference: state.greatestReference, chunks: chunks.chunks)
        let checkpoint = try wrapped { () throws(FileError) in try Checkpoint.latest(folder.wal, files) }
        progress.begin(try wrapped { () throws(FileError) in try WALFolder.segments(folder.wal, files) })
        var logs = [("write-ahead log", folder.wal, (checkpoint.map { $0.segment + 1 } ?? 0)...Int.max, head.replay)]
        if let checkpoint { logs.insert(("checkpoint", checkpoint.folder, 0...Int.max, head.replay), at: 0) }
        logs.append(("out-of-order log", folder.wbl, 0...Int.max, head.replayOutOfOrder))
        var damages = 0
        for (name, folder, segments, apply) in logs {
            damages += try replay(name, folder, segments, apply, head, quarantine).damages.count
        }
        status.counts.logCorruptions += damages
        // What a damaged log or block has lost may be in the head's chunk files alone; so may, if retention has taken all blocks, what a checkpoint
        // left out because of them.
        if damages > 0 || lostBlocks || (checkpoint != nil && inBlocks == nil) { keepHeadChunks(folder.headChunks, files, report) }
        head.endReplay()
        progress.end()
        status.replay = progress.state
        do {
            let writer = try writer(folder.wal, safe: state.safeSegment)
            let outOfOrder = try self.writer(folder.wbl, safe: state.safeOutOfOrderSegment)
            let log = DatabaseLog(path: folder.path, writer: writer, outOfOrder: outOfOrder, sync: options.walSync)
            head.attach(log)
            return log
        } catch {
            throw .file(error)
        }
    }

    /// Before which time all that came in order is in the tiers, and gone as raw samples, whatever the clock says; nil: none of it is. Behind a gap
    /// of more than a day what is folded may be of a clock that was ahead, and what came in order since not.
    private func foldedBefore(_ state: DatabaseState, _ blocks: BlockSet) -> Timestamp? {
        var end: Timestamp?
        for stretch in Tier.allCases.flatMap({ blocks.all($0) }).map(\.meta.stretch).sorted(by: { $0.start < $1.start }) {
            if let end, stretch.start > end.later(by: 24 * Tier.seam) { break }
            end = max(end ?? .min, stretch.end)
        }
        let floor = state.rules.reduce(state.floors.raw) { min($0, $1.floors.raw) }
        guard let end, floor > .min else { return nil }
        // The head's beginning never lies within a chunk; and the block behind a floor was cut too before it rose.
        return end < floor ? blockStart(end) : blockStart(floor).later(by: options.minBlockDuration)
    }

    /// What blocks tell in the place of a state that was lost. The next start finds a state, and would no longer ask them.
    func remember(_ told: (general: TierFloors, rules: [RuleFloors]), _ folded: Timestamp?, _ state: inout DatabaseState) {
        (state.floors, state.rules, state.isNew) = (told.general, told.rules, false)
        if let folded { state.emptiedUntil = max(blockStart(folded), state.emptiedUntil ?? .min) }
    }

    /// The last multiple of the shortest block duration up to a time.
    private func blockStart(_ time: Timestamp) -> Timestamp {
        let past = time % options.minBlockDuration
        return time - (past < 0 ? past + options.minBlockDuration : past)
    }

    /// A block that lies in the future, left by a clock that was ahead, does not count for where the head begins. Nor may it once its time has come:
    /// by then the log has samples of that time that are in no block.
    private func markFuture(_ blocks: BlockSet, _ latest: Timestamp) throws(StorageError) {
        for block in blocks.all where block.meta.minTime > latest && block.meta.compaction.hints.isEmpty {
            var meta = block.meta
            meta.compaction.hints = [BlockMeta.Compaction.fromFuture, BlockMeta.Compaction.fromOutOfOrder]
            try meta.write(block.path, files)
            block.describe { $0.meta = meta }
        }
    }

    /// Like a block from the future, an end that no block can have by now is one of a clock that was ahead. It does not count, nor may it once its
    /// time has come. But it may be the clock that is behind: what surely is in the tiers alone still ends somewhere.
    func forgetFutureEnd(_ state: inout DatabaseState, _ blocks: BlockSet) throws(StorageError) {
        let latest = clock.now().later(by: (options.head.futureTolerance ?? 0) + options.minBlockDuration)
        guard let end = state.emptiedUntil, end > latest else { return }
        let folded = foldedBefore(state, blocks)
        if end == folded { return }
        state.emptiedUntil = folded
        let kept = state
        try wrapped { () throws(FileError) in try kept.write(folder.state, files) }
    }

    private func writer(_ log: String, safe: Int?) throws(FileError) -> WALWriter {
        try WALWriter(log, files, segmentSize: options.walSegmentSize, compression: options.walCompression, safe: safe) { [report] error in
            report(
                StorageEvent(
                    .error, "a sync of the log failed; a copy takes the place of the segment that it put in doubt",
                    [("log", log), ("cause", "\(error)")]))
        }
    }

    private func replay(
        _ name: String, _ folder: String, _ segments: ClosedRange<Int>, _ apply: (WALReader) throws(StorageError) -> ReplayTotals, _ head: Head,
        _ quarantine: Quarantine
    ) throws(StorageError) -> WALReport {
        let start = clock.monotonic()
        let reader = try wrapped { () throws(FileError) in try WALReader(folder, files, segments) }
        if folder == self.folder.wal { reader.onSegment = progress.reached }
        let totals = try apply(reader)
        // Prometheus passes over the samples that a marker tells of if there are head chunks behind the marker's, and soon there will be ours.
        // Without markers it takes what both have once.
        let aside = try wrapped { () throws(FileError) in
            try WALRepair.perform(reader.report, folder, quarantine: self.folder.quarantine, leavingOut: totals.markers, files)
        }
        for original in aside { quarantine.note(original.path, cause: original.cause) }
        let milliseconds = (clock.monotonic() - start) / 1_000_000
        for event in totals.events + events(name, reader.report, aside, totals) { report(event) }
        report(
            StorageEvent(
                .info, "\(name) replayed",
                [
                    ("records", "\(reader.report.records)"), ("series", "\(head.stats.series)"), ("samples", "\(totals.samples)"),
                    ("duration_ms", "\(milliseconds)"),
                ]))
        return reader.report
    }

    private func events(_ name: String, _ found: WALReport, _ aside: [WALRepair.SetAside], _ totals: ReplayTotals) -> [StorageEvent] {
        var events = found.torn.map { place in
            StorageEvent(
                .warning, "\(name): an unfinished write at the end was cut off",
                [("segment", "\(place.segment)"), ("offset", "\(place.offset)")])
        }
        if let damage = found.damages.first {
            events.append(
                StorageEvent(
                    .error, "\(name) damaged; what could be read before and behind was kept",
                    [
                        ("segment", "\(damage.place.segment)"), ("offset", "\(damage.place.offset)"), ("cause", damage.cause),
                        ("places", "\(found.damages.count)"), ("set_aside", aside.map(\.path).joined(separator: ", ")),
                    ]))
        }
        if totals.unknown > 0 {
            events.append(
                StorageEvent(
                    .warning, "\(name): samples whose series it does not name were left out", [("samples", "\(totals.unknown)")]))
        }
        return events
    }
}

/// Makes the head's full chunks safe. They are never synced while they grow, since the log has all that is in them; behind damage they may have it
/// alone. A sync that failed once may have left out pages that no later one writes: so each file is copied in its place.
func keepHeadChunks(_ folder: String, _ files: any FileSystem, _ report: Reporter) {
    do {
        for number in try HeadChunkFiles.numbers(folder, files) {
            let path = HeadChunkFiles.path(folder, number)
            let copy = path + WALFormat.temporarySuffix
            do {
                _ = try files.copy(path, to: copy)
                try files.rename(copy, to: path)
            } catch {
                try? files.remove(copy)
                throw error
            }
        }
        try files.syncFolder(folder)
    } catch {
        report(StorageEvent(.warning, "the head's full chunks could not be made safe behind damage", [("cause", "\(error)")]))
    }
}
