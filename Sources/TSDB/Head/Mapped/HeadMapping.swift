import Chunks
import Model
import Synchronization

extension Head {
    /// Moves closed chunks from memory to files, off the append path: they are written without a lock, then their places change under short ones.
    ///
    /// Throws if the files cannot be written; the chunks then stay in memory, and nothing is lost.
    func mapFullChunks(_ files: HeadChunkFiles) throws(StorageError) {
        var slot: UInt32 = 0
        while try mapChunks(&slot, files) {}
    }

    /// Does the next thousand series; false behind the last. Their old memory is free then: were it kept for the whole pass, chunks that become full
    /// at the same time would lie in memory twice.
    private func mapChunks(_ slot: inout UInt32, _ files: HeadChunkFiles) throws(StorageError) -> Bool {
        let ticket = samples.reading { reclaimer.enter() }
        defer { reclaimer.leave(ticket) }
        guard let batch = collect(&slot) else { return false }
        guard !batch.isEmpty else { return true }
        let mapped = try wrapped { () throws(FileError) in try files.write(batch) }
        commit.withLock { _ in
            samples.writing {
                for (old, new) in zip(batch, mapped) { core.replace(old.reference, old.chunk, with: new) }
            }
        }
        return true
    }

    /// The unmapped closed chunks of the next thousand series; nil behind the last.
    private func collect(_ slot: inout UInt32) -> [(reference: UInt64, chunk: ClosedChunk)]? {
        commit.withLock { _ in
            guard slot < core.series.count else { return nil }
            let end = min(slot + 1000, core.series.count)
            defer { slot = end }
            var found: [(reference: UInt64, chunk: ClosedChunk)] = []
            for i in slot..<end {
                let record = core.series[i].pointee
                for chunk in record.closedChunks where !chunk.isMapped && !chunk.staysInMemory { found.append((record.ref, chunk)) }
            }
            return found
        }
    }

    /// Bytes of closed chunks in memory, about.
    var unmappedBytes: Int { samples.reading { core.chunks.closedBytes } }

    /// Removes the files that hold nothing the head still has.
    func removeChunkFiles(_ files: HeadChunkFiles) throws(StorageError) {
        let time = floor
        let mappings = try wrapped { () throws(FileError) in try files.remove(before: time) }
        for mapping in mappings { reclaimer.retire(mapping) }
    }
}

extension HeadCore {
    /// Puts a chunk in the place of one with the same samples, if the series still has it.
    func replace(_ reference: UInt64, _ old: ClosedChunk, with new: ClosedChunk) {
        let slot = references.slot(reference)
        if slot != ReferenceDirectory.none { chunks.replace(series[slot], old, with: new) }
    }
}
