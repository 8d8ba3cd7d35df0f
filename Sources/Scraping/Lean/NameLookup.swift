import Runtime

/// Asks for addresses of names on threads of its own, since asking blocks.
final class NameLookup: Sendable {
    private let workers: WorkerPool
    private let look: @Sendable (_ host: String, _ port: UInt16) -> [SocketAddress]

    /// - Parameter look: asks the system unless a test says otherwise.
    init(
        threads: Int = 2, look: @escaping @Sendable (String, UInt16) -> [SocketAddress] = { SocketAddress.of($0, port: $1, isNumeric: false) }
    ) {
        workers = WorkerPool(name: "lookup", threads: threads, queueLimit: 100_000)
        self.look = look
    }

    /// Tells the addresses on one of the threads; none if it is not begun before the deadline (monotonic nanoseconds).
    func addresses(_ host: String, port: UInt16, before deadline: Int64, _ tell: @escaping @Sendable ([SocketAddress]) -> Void) {
        let isTaken = workers.submit { [look] in tell(ScrapeReactor.now() < deadline ? look(host, port) : []) }
        if !isTaken { tell([]) }
    }
}
