import Model
import Synchronization

/// Blocks in which a reader met bytes that fail their checksum; the next maintenance replaces them.
final class DamagedBlocks: Sendable {
    private struct State {
        var found: [ULID: String] = [:]
        /// How often damage was met, and when last in each block, counted so; also of blocks that were replaced.
        var count = 0
        var lastMet: [ULID: Int] = [:]
    }

    private let state = Mutex(State())

    /// Whether all in which damage was met have been replaced.
    var isEmpty: Bool { state.withLock { $0.found.isEmpty } }

    func note(_ ulid: ULID, cause: String) {
        state.withLock { state in
            state.found[ulid] = state.found[ulid] ?? cause
            state.count += 1
            state.lastMet[ulid] = state.count
        }
    }

    /// The blocks in which readers met damage after a mark, and a new mark.
    func met(since mark: Int) -> (mark: Int, blocks: [String]) {
        state.withLock { state in
            guard state.count > mark else { return (state.count, []) }
            return (state.count, state.lastMet.filter { $0.value > mark }.keys.sorted().map { "\($0)" })
        }
    }

    func take() -> [(ulid: ULID, cause: String)] {
        state.withLock { state in
            defer { state.found = [:] }
            return state.found.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        }
    }
}

extension Database {
    /// Puts what can still be read of a damaged block in its place; the block itself goes to the quarantine.
    func replaceDamaged(_ work: inout Maintenance) {
        for (ulid, cause) in damaged.take() {
            let isSaved = attempt("saving what is left of block \(ulid)") { () throws(StorageError) in
                if let block = blockSet.all.first(where: { $0.meta.ulid == ulid }) { try salvage(block, cause) }
                for tier in Tier.allCases { try salvage(ulid, of: tier, cause, &work) }
            }
            if !isSaved { damaged.note(ulid, cause: cause) }
        }
    }

    private func salvage(_ block: Block, _ cause: String) throws(StorageError) {
        let request = MergeRequest(ulid: newULID(), segmentSize: options.blockSegmentSize, skipsDamage: true)
        let rest: BlockMeta?
        do {
            rest = try orLeavingOver(request.ulid) { () throws(StorageError) in try Compactor.merge([block], request, into: path, files) }
        } catch .damaged {
            // Without its symbols nothing in a block has a name.
            rest = nil
            // The next start reads the log of its time again.
            chunkFiles.beginAnew()
            keepHeadChunks(folder.headChunks, files, report)
        }
        blockSet.replace([block.meta.ulid], with: try rest.map { rest throws(StorageError) in [try openBlock(rest.ulid)] } ?? [])
        let place = try wrapped { () throws(FileError) in try quarantine.take(folder.block(block.meta.ulid), cause: cause) }
        report(
            StorageEvent(
                .error, "a block is damaged; what could be read of it serves on",
                described(block.meta) + [
                    ("cause", cause), ("set_aside", place), ("samples_left", "\(rest?.stats.samples ?? 0)"),
                ]))
    }

    /// The same for a block of a tier: what can be folded anew is, and of the rest what can still be read goes on.
    private func salvage(_ ulid: ULID, of tier: Tier, _ cause: String, _ work: inout Maintenance) throws(StorageError) {
        guard let block = blockSet.all(tier).first(where: { $0.meta.ulid == ulid }) else { return }
        let job = foldPlan(work).saving(tier, block.meta)
        var rest: Block?
        do { rest = try carryOut(job, &work, skipsDamage: true) } catch .damaged {
            // Without its symbols nothing in a block has a name.
            blockSet.replace([ulid], with: [], in: tier)
        }
        let place = try wrapped { () throws(FileError) in try quarantine.take(folder.block(ulid, of: tier), cause: cause) }
        report(
            StorageEvent(
                .error, "a block of a tier is damaged; what could be read of it, or folded anew, serves on",
                described(block.meta) + [
                    ("cause", cause), ("set_aside", place), ("windows_left", "\(rest?.meta.stats.samples ?? 0)"),
                ]))
    }
}
