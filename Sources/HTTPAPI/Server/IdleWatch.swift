import NIOCore

/// Notices that nothing has come or gone over a connection for long. One timer a connection; what happens on it only notes the time.
struct IdleWatch {
    private var limit: TimeAmount
    private var last = NIODeadline.now()
    private var timer: Scheduled<Void>?

    init(limit: TimeAmount) { self.limit = limit }

    mutating func touch() { last = .now() }

    mutating func shorten(to limit: TimeAmount) { self.limit = min(limit, self.limit) }

    var isOver: Bool { NIODeadline.now() >= last + limit }

    /// Has `look` called when it could be over.
    mutating func start(on loop: any EventLoop, _ look: @escaping @Sendable () -> Void) {
        timer?.cancel()
        timer = loop.scheduleTask(deadline: last + limit, look)
    }

    mutating func stop() {
        timer?.cancel()
        timer = nil
    }
}
