import Glibc
import Synchronization

/// The log's way to the disk.
extension WALWriter {
    /// Waits until the batches up to number `batch` (nil: all appended before the call) are on disk. Does nothing if they are there already.
    ///
    /// After a first error what it put in doubt is written again at once: should the program end now, the next one would not know that there was
    /// an error. Throws if that fails too: then they may be lost at a power cut, unless a later call succeeds, which tries it again. What was appended
    /// stays readable in any case, as long as the machine runs.
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
        var replaced: [Part]
        /// In order; the last may be the current segment's.
        var parts: [Part]
        var newNames: Bool
    }

    private func syncNow(_ batch: UInt64?) throws(FileError) {
        guard let work = try state.withLock({ (state) throws(FileError) in try work(batch, &state) }) else { return }
        for (at, part) in work.parts.enumerated() {
            do throws(FileError) {
                try sync(part)
            } catch {
                state.withLock { state in
                    state.replaced = work.replaced + state.replaced
                    Self.giveUp(work, from: at, &state)
                }
                throw error
            }
        }
        do {
            if work.newNames { try fileSystem.syncFolder(folder) }
        } catch {
            // Names can be synced again: they are not data that a failed sync drops.
            state.withLock { state in
                state.newNames = true
                state.replaced = work.replaced + state.replaced
                Self.note(work, &state)
            }
            throw error
        }
        // Not before, for in truth it may have been safe where it was.
        do throws(FileError) {
            for part in work.replaced { try cutOff(part) }
        } catch {
            state.withLock { state in
                state.replaced = work.replaced + state.replaced
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

    private func work(_ batch: UInt64?, _ state: inout State) throws(FileError) -> Work? {
        guard state.isDirty, (batch ?? .max) > state.synced else { return nil }
        try writeAgain(&state)
        defer {
            state.replaced = []
            state.retired = []
            state.newNames = false
        }
        let parts = state.retired + [state.current].compactMap { $0 }
        return Work(through: state.appended, replaced: state.replaced, parts: parts, newNames: state.newNames)
    }

    private func sync(_ part: Part) throws(FileError) {
        if let file = part.file { return try file.sync() }
        let path = WALFolder.segmentPath(folder, part.segment)
        // A checkpoint may have removed it in the meantime.
        if try fileSystem.kind(path) != nil { try fileSystem.open(path, .append).sync() }
    }

    /// Cuts off what was written again. Some of it may survive a power cut, and then would be read before what came in front of it.
    private func cutOff(_ part: Part) throws(FileError) {
        let path = WALFolder.segmentPath(folder, part.segment)
        guard try fileSystem.kind(path) != nil else { return }
        let file = if let file = part.file { file } else { try fileSystem.open(path, .append) }
        try file.truncate(to: part.synced)
        try file.sync()
    }

    /// The contents are on the disk.
    private static func note(_ work: Work, _ state: inout State) {
        guard let last = work.parts.last else { return }
        if state.current?.segment == last.segment { state.current?.synced = last.length }
        for at in state.retired.indices where state.retired[at].segment == last.segment { state.retired[at].synced = last.length }
    }

    /// Leaves the file whose sync failed. With it everything behind is in doubt, for what is written again must not come to lie behind what was
    /// written after it; and what came while the sync was failing.
    private static func giveUp(_ work: Work, from failed: Int, _ state: inout State) {
        var left = Array(work.parts[failed...])
        if let current = state.current {
            if left.last?.segment == current.segment { left.removeLast() }
            state.retired.append(current)
            state.current = nil
        }
        if let last = left.last, state.retired.first?.segment == last.segment { left.removeLast() }
        state.doubtful = left + state.retired
        state.retired = []
        state.newNames = state.newNames || work.newNames
    }

    /// Writes what a failed sync put in doubt to a new segment; the next sync gives up where it was. If that fails, what is left of it is tried again later, and before that nothing else
    /// is written.
    func writeAgain(_ state: inout State) throws(FileError) {
        while let part = state.doubtful.first {
            try copy(part, &state)
            state.replaced.append(part)
            state.doubtful.removeFirst()
        }
    }

    private func copy(_ part: Part, _ state: inout State) throws(FileError) {
        // One that is gone is not needed any more.
        let reader = try WALReader(folder, fileSystem, part.segment...part.segment)
        while let record = next(reader), reader.place.offset < part.length {
            guard reader.place.offset >= max(part.synced, part.copied) else { continue }
            try append([record], &state)
            state.doubtful[0].copied = reader.place.offset + 1
        }
        let lost = (reader.report.damages.map(\.place) + reader.report.torn).contains { $0.offset >= part.synced && $0.offset < part.length }
        if lost {
            // The kernel has already let go of it. The owner hears of that, and the rest goes on.
            state.doubtful.removeFirst()
            throw FileError(path: WALFolder.segmentPath(folder, part.segment), operation: "write again", code: EIO)
        }
    }

    private func next(_ reader: WALReader) -> UnsafeRawBufferPointer? {
        do { return try reader.next() } catch { preconditionFailure("BUG: a log that was read before cannot be read: \(error)") }
    }
}
