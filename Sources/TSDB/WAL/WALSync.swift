import Glibc
import Synchronization

/// The log's way to the disk.
extension WALWriter {
    /// Waits until the batches up to number `batch` (nil: all appended before the call) are on disk. Does nothing if they are there already.
    ///
    /// After a first error the segment that it put in doubt is copied at once. Throws if that fails too: then what is in it may be lost at a power
    /// cut, unless a later call succeeds, which tries it again. What was appended stays readable in any case, as long as the machine runs.
    public func sync(through batch: UInt64? = nil) throws(FileError) {
        try syncing.withLock { (_) throws(FileError) in
            do throws(FileError) {
                try syncNow(batch)
            } catch {
                onFailedSync(error)
                try syncNow(batch)
            }
        }
    }

    private struct Work {
        var through: UInt64
        /// In order; the last may be the current segment's.
        var parts: [Part]
        var newNames: Bool
    }

    private func syncNow(_ batch: UInt64?) throws(FileError) {
        guard state.withLock({ $0.isDirty && (batch ?? .max) > $0.synced }) else { return }
        try settle()
        let work = state.withLock { Self.takeWork(&$0) }
        for (at, part) in work.parts.enumerated() {
            do throws(FileError) {
                try sync(part)
            } catch {
                state.withLock { Self.giveUp(work, at, &$0) }
                throw error
            }
        }
        do {
            if work.newNames { try fileSystem.syncFolder(folder) }
        } catch {
            // Names can be synced again: they are not data that a failed sync drops.
            state.withLock { state in
                state.newNames = true
                Self.note(work, &state)
            }
            throw error
        }
        state.withLock { state in
            Self.note(work, &state)
            // More may be appended to the last.
            if let last = work.parts.last { state.safe = max(state.safe ?? -1, last.segment - 1) }
            state.synced = max(state.synced, work.through)
        }
    }

    private static func takeWork(_ state: inout State) -> Work {
        defer {
            state.retired = []
            state.newNames = false
        }
        return Work(through: state.appended, parts: state.retired + [state.current].compactMap { $0 }, newNames: state.newNames)
    }

    private func sync(_ part: Part) throws(FileError) {
        if let file = part.file { return try file.sync() }
        let path = WALFolder.segmentPath(folder, part.segment)
        // A checkpoint may have removed it in the meantime.
        if try fileSystem.kind(path) != nil { try fileSystem.open(path, .append).sync() }
    }

    /// The contents are on the disk.
    private static func note(_ work: Work, _ state: inout State) {
        guard let last = work.parts.last else { return }
        if state.current?.segment == last.segment { state.current?.synced = last.length }
        for at in state.retired.indices where state.retired[at].segment == last.segment { state.retired[at].synced = last.length }
    }

    /// Leaves the segment whose sync failed, with what came to it meanwhile; those behind it wait for the next sync.
    private static func giveUp(_ work: Work, _ failed: Int, _ state: inout State) {
        var part = work.parts[failed]
        if let current = state.current, current.segment == part.segment {
            part = current
            state.current = nil
        } else if let at = state.retired.firstIndex(where: { $0.segment == part.segment }) {
            part = state.retired.remove(at: at)
        }
        state.doubtful.append(part)
        let pending = Set(([state.current].compactMap { $0 } + state.retired).map(\.segment))
        state.retired = work.parts[(failed + 1)...].filter { !pending.contains($0.segment) } + state.retired
        state.newNames = state.newNames || work.newNames
    }
}

/// What a failed sync has put in doubt.
extension WALWriter {
    /// Puts copies that are on the disk in the place of the segments in doubt. Appends go on meanwhile, for nothing changes its place in the log.
    private func settle() throws(FileError) {
        while let part = state.withLock({ $0.doubtful.first }) { try settle(part) }
    }

    private func settle(_ part: Part) throws(FileError) {
        let path = WALFolder.segmentPath(folder, part.segment)
        // One that is gone is not needed any more.
        guard try fileSystem.kind(path) != nil else { return forget(part) }
        let temporary = path + WALFormat.temporarySuffix
        let copy = try fileSystem.copy(path, to: temporary, length: part.length)
        guard try isWhole(copy) else {
            // The kernel has already let go of it. The owner hears of that, and the rest goes on.
            forget(part)
            try fileSystem.remove(temporary)
            throw FileError(path: path, operation: "copy", code: EIO)
        }
        if try !replace(part, path, temporary, copy) { try fileSystem.remove(temporary) }
    }

    private func forget(_ part: Part) { state.withLock { state in state.doubtful.removeAll { $0.segment == part.segment } } }

    private func isWhole(_ copy: any File) throws(FileError) -> Bool {
        let pages = try WALPages(copy)
        var isContinuing = false
        while true {
            switch pages.next(continuing: isContinuing) {
            case .fragment(let type, _): isContinuing = ![WALFormat.whole, WALFormat.last].contains(type & WALFormat.typeMask)
            case .end: return true
            case .torn, .damaged: return false
            }
        }
    }

    /// False if meanwhile the segment was removed, or lost its last batch: then the copy is not what it should be.
    private func replace(_ part: Part, _ path: String, _ temporary: String, _ copy: any File) throws(FileError) -> Bool {
        try state.withLock { (state) throws(FileError) in
            guard let at = state.doubtful.firstIndex(where: { $0.segment == part.segment && $0.length == part.length }),
                try fileSystem.kind(path) != nil
            else { return false }
            try fileSystem.rename(temporary, to: path)
            if state.latest?.part.segment == part.segment { state.latest?.part.file = copy }
            state.doubtful.remove(at: at)
            state.newNames = true
            return true
        }
    }
}
