import CPoll
import Glibc

/// Waits for sockets and for a bell that other threads ring (epoll, eventfd). Belongs to one thread, but for ``ring()``.
struct SocketPoll: @unchecked Sendable {
    // The room for events is touched by ``wait(nanoseconds:_:)`` alone, which its one thread calls.
    private static let room = 64
    /// Stands for the bell; sockets have other numbers.
    private static let bellNumber: UInt64 = 0
    private let poll: Int32
    private let bell: Int32
    private let events: UnsafeMutablePointer<martlet_poll_event>

    init() {
        poll = martlet_poll_make()
        bell = martlet_poll_bell()
        precondition(poll >= 0 && bell >= 0, "BUG: the system gives nothing to wait for sockets with: \(poll), \(bell)")
        events = .allocate(capacity: Self.room)
        _ = martlet_poll_add(poll, bell, Self.bellNumber)
    }

    /// From now on the socket's changes are told under this number, until it is closed. Returns 0 or an errno.
    func add(_ socket: Int32, number: UInt64) -> Int32 { martlet_poll_add(poll, socket, number) }

    /// Wakes the thread that waits. Any thread may.
    func ring() {
        var one: UInt64 = 1
        _ = write(bell, &one, 8)
    }

    /// Waits until something happens or the time is over (negative: for ever).
    func wait(nanoseconds: Int64, _ visit: (martlet_poll_event) -> Void) {
        let count = martlet_poll_wait(poll, events, Int32(Self.room), nanoseconds)
        precondition(count >= 0, "BUG: waiting for sockets fails: \(-count)")
        for index in 0..<Int(count) {
            // Edges are told, so the bell need not be read to fall silent: each ring is told anew.
            if events[index].number != Self.bellNumber { visit(events[index]) }
        }
    }
}
