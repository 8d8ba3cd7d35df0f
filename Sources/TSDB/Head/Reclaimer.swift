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
        /// Addresses in the order of their retirement; each waits for every ticket below its own number.
        var retired: [(ticket: UInt64, address: UInt)] = []
        /// Mappings, in the same way.
        var mappings: [(ticket: UInt64, mapping: any FileMapping)] = []
    }

    private let state = Mutex(State())

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
        let free = state.withLock { state -> [UInt] in
            if let at = state.active.firstIndex(of: ticket) { state.active.remove(at: at) }
            let oldest = state.active.first ?? .max
            unused = state.mappings.filter { $0.ticket <= oldest }.map(\.mapping)
            state.mappings.removeFirst(unused.count)
            let end = state.retired.firstIndex { $0.ticket > oldest } ?? state.retired.count
            let addresses = state.retired[..<end].map(\.address)
            state.retired.removeFirst(end)
            return addresses
        }
        for address in free { Glibc.free(UnsafeMutableRawPointer(bitPattern: address)) }
    }

    /// Frees malloc'ed memory as soon as today's readers are gone.
    func retire(_ memory: UnsafeMutableRawPointer) {
        let wait = state.withLock { state in
            if state.active.isEmpty { return false }
            state.retired.append((state.nextTicket, UInt(bitPattern: memory)))
            return true
        }
        if !wait { free(memory) }
    }

    /// Keeps a mapping until today's readers are gone.
    func retire(_ mapping: any FileMapping) {
        state.withLock { state in
            if !state.active.isEmpty { state.mappings.append((state.nextTicket, mapping)) }
        }
    }
}
