import ClientConfiguration
public import Runtime

/// Fetches pages the lean way where that will do, and with ``HTTPTransport`` where not.
public final class RoutedTransport: ScrapeTransport {
    let http: HTTPTransport
    let lookup: NameLookup
    /// Unpacks pages that take long.
    let workers: WorkerPool
    private let reactors: ScrapeReactors

    /// - Parameters:
    ///   - reactors: where scrapes are that no loop makes.
    ///   - workers: unpacks large pages.
    public convenience init(_ http: HTTPTransport, reactors: ScrapeReactors, workers: WorkerPool) {
        self.init(http, reactors: reactors, workers: workers, lookup: NameLookup())
    }

    init(_ http: HTTPTransport, reactors: ScrapeReactors, workers: WorkerPool, lookup: NameLookup) {
        self.http = http
        self.reactors = reactors
        self.workers = workers
        self.lookup = lookup
    }

    public func fetch(_ request: ScrapeRequest) async throws -> ScrapedPage { try await RoutedSource(self, reactors.next()).fetch(request) }

    public func source(on reactor: ScrapeReactor?) -> any ScrapeTransport {
        guard let reactor else { return http }
        return RoutedSource(self, reactor)
    }
}

/// One target's pages: its request and its connection are kept from one scrape to the next. All requests are the same but for their buffers.
final class RoutedSource: ScrapeTransport, @unchecked Sendable {
    // The members that change are touched on the reactor's thread alone.

    /// What is asked of a target that is for the lean way.
    struct Lean {
        let connection: LeanConnection
        let prepared: PreparedRequest
        let url: String
        /// Bytes.
        let limit: Int
        /// Nanoseconds.
        let timeout: Int64
        let followsRedirects: Bool

        /// When a request that is sent now is over, in monotonic nanoseconds.
        var deadline: Int64 { ScrapeReactor.time(after: timeout) }

        /// Asks for a page, on the reactor's thread.
        func begin(into buffer: PageBuffer, before deadline: Int64, for client: any LeanClient) {
            connection.begin(prepared, into: buffer, limit: limit, before: deadline, for: client)
        }
    }

    private enum Route {
        case lean(Lean)
        case web
    }

    /// A target that redirects is asked the other way so many times, where redirects are followed.
    private static let detour = 100

    private let transport: RoutedTransport
    private let reactor: ScrapeReactor
    private var route: Route?
    private var detourLeft = 0

    init(_ transport: RoutedTransport, _ reactor: ScrapeReactor) {
        self.transport = transport
        self.reactor = reactor
    }

    deinit {
        guard case .lean(let lean)? = route else { return }
        reactor.perform { lean.connection.drop() }
    }

    func fetch(_ request: ScrapeRequest) async throws -> ScrapedPage {
        if reactor.isCurrent { return try await fetchHere(request) }
        return try await withTaskExecutorPreference(reactor) { try await self.fetchHere(request) }
    }

    private func fetchHere(_ request: ScrapeRequest) async throws -> ScrapedPage {
        if route == nil { route = choose(request) }
        guard let lean else {
            detourLeft = max(0, detourLeft - 1)
            return try await overWeb(request, within: request.timeout)
        }
        let deadline = lean.deadline
        let answer = await withUnsafeContinuation { lean.begin(into: request.buffer, before: deadline, for: Waiter($0)) }
        return try await settle(answer, request, before: deadline)
    }

    /// A task that waits for an answer.
    private final class Waiter: LeanClient {
        private let continuation: UnsafeContinuation<Result<LeanAnswer, any Error>, Never>

        init(_ continuation: UnsafeContinuation<Result<LeanAnswer, any Error>, Never>) { self.continuation = continuation }

        func came(_ answer: Result<LeanAnswer, any Error>) { continuation.resume(returning: answer) }
    }

    // MARK: The lean way

    /// How the next page is fetched, if the lean way, as far as that is known yet.
    var lean: Lean? {
        guard case .lean(let lean)? = route, detourLeft == 0 else { return nil }
        return lean
    }

    /// The page that an answer is; nil if more must be waited for, and then ``settle(_:_:before:)`` does.
    func settleHere(_ answer: Result<LeanAnswer, any Error>, _ buffer: PageBuffer) throws -> ScrapedPage? {
        guard case .lean(let lean)? = route else { return nil }
        let answer = try told(answer, lean.url)
        if (300..<400).contains(answer.status), lean.followsRedirects { return nil }
        guard answer.status == 200 else { throw ScrapeError("server returned HTTP status \(answer.status) \(answer.reason)") }
        let packedSize = answer.isGzip ? buffer.count : nil
        if answer.isGzip, try !reactor.unpacker.unpack(buffer, limit: lean.limit) { return nil }
        return ScrapedPage(body: buffer, contentType: answer.contentType, packedSize: packedSize)
    }

    /// The page that an answer is in the end.
    func settle(_ answer: Result<LeanAnswer, any Error>, _ request: ScrapeRequest, before deadline: Int64) async throws -> ScrapedPage {
        if let page = try settleHere(answer, request.buffer) { return page }
        let answer = try told(answer, request.url)
        guard answer.status == 200 else {
            detourLeft = Self.detour
            return try await overWeb(request, within: max(1, (deadline - ScrapeReactor.now()) / 1_000_000))
        }
        let (buffer, limit) = (request.buffer, PageLimit.bytes(request.bodySizeLimit))
        let packedSize = buffer.count
        try await transport.workers.run { try PageUnpacker.unpackLong(buffer, limit: limit) }
        return ScrapedPage(body: buffer, contentType: answer.contentType, packedSize: packedSize)
    }

    private func told(_ answer: Result<LeanAnswer, any Error>, _ url: String) throws -> LeanAnswer {
        do {
            return try answer.get()
        } catch let failure as LeanFailure {
            throw ScrapeError("Get \"\(url)\": \(failure.words)")
        }
    }

    private func choose(_ request: ScrapeRequest) -> Route {
        let isDirect = transport.http.goesDirectly(request)
        guard let (address, prepared) = LeanRoute.prepare(request, userAgent: transport.http.userAgent, isDirect: isDirect) else { return .web }
        return .lean(
            Lean(
                connection: LeanConnection(address, reactor, transport.lookup), prepared: prepared, url: request.url,
                limit: PageLimit.bytes(request.bodySizeLimit), timeout: ScrapeSchedule.nanoseconds(max(1, request.timeout)),
                followsRedirects: request.client.followRedirects))
    }

    // MARK: The other way

    /// TLS, proxies and all that takes longer has no place on the reactor.
    private func overWeb(_ request: ScrapeRequest, within milliseconds: Int64) async throws -> ScrapedPage {
        try await withTaskExecutorPreference(globalConcurrentExecutor) { [transport] in
            try await transport.http.fetch(request, within: milliseconds)
        }
    }
}
