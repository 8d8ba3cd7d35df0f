import Glibc
import Synchronization

/// Frees memory only when no reader can still look at it.
///
/// A reader takes a ticket in the same critical section in which it copies its pointers. Memory that is retired later waits for all tickets
/// given out before; without readers it is freed at once.
final class Reclaimer: Sendable {
    private struct State {
        var nextTicket: UInt64 = 0
        /// Tickets still out, oldest first.
        var active: [UInt64] = []
        /// Blocks in the order of their retirement; each waits for every ticket below its own number.
        var retired: [(ticket: UInt64, block: Block)] = []
        /// Mappings, in the same way.
        var mappings: [(ticket: UInt64, mapping: any FileMapping)] = []
    }

    /// Memory of the head's chunks, or the C library's.
    private struct Block {
        let address: UInt
        let isChunkMemory: Bool
    }

    private let state = Mutex(State())
    /// Here, because it has to outlive the readers.
    let memory = ChunkMemory()

    func enter() -> UInt64 {
        state.withLock { state in
            state.active.append(state.nextTicket)
            state.nextTicket += 1
            return state.nextTicket - 1
        }
    }

    func leave(_ ticket: UInt64) {
        // The mappings go when this function ends, outside of the lock.
        var unused: [any FileMapping] = []
        let free = state.withLock { state -> [Block] in
            if let at = state.active.firstIndex(of: ticket) { state.active.remove(at: at) }
            let oldest = state.active.first ?? .max
            unused = state.mappings.filter { $0.ticket <= oldest }.map(\.mapping)
            state.mappings.removeFirst(unused.count)
            let end = state.retired.firstIndex { $0.ticket > oldest } ?? state.retired.count
            let blocks = state.retired[..<end].map(\.block)
            state.retired.removeFirst(end)
            return blocks
        }
        for block in free { self.free(block) }
    }

    /// Frees malloc'ed memory as soon as today's readers are gone.
    func retire(_ memory: UnsafeMutableRawPointer) { retire(Block(address: UInt(bitPattern: memory), isChunkMemory: false)) }

    /// Frees memory of `memory` as soon as today's readers are gone; `size` is what was asked for.
    func retireChunkMemory(_ memory: UnsafeMutableRawPointer, _ size: Int) {
        retire(Block(address: UInt(bitPattern: memory), isChunkMemory: size <= ChunkMemory.largest))
    }

    private func retire(_ block: Block) {
        let wait = state.withLock { state in
            if state.active.isEmpty { return false }
            state.retired.append((state.nextTicket, block))
            return true
        }
        if !wait { free(block) }
    }

    private func free(_ block: Block) {
        guard let address = UnsafeMutableRawPointer(bitPattern: block.address) else { return }
        if block.isChunkMemory { memory.free(address) } else { Glibc.free(address) }
    }

    /// Keeps a mapping until today's readers are gone.
    func retire(_ mapping: any FileMapping) {
        state.withLock { state in
            if !state.active.isEmpty { state.mappings.append((state.nextTicket, mapping)) }
        }
    }
}
