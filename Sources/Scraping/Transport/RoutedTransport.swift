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

    private enum Route {
        case lean(LeanConnection, PreparedRequest)
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
        guard case .lean(let connection, _)? = route else { return }
        reactor.perform { connection.drop() }
    }

    func fetch(_ request: ScrapeRequest) async throws -> ScrapedPage {
        if reactor.isCurrent { return try await fetchHere(request) }
        return try await withTaskExecutorPreference(reactor) { try await self.fetchHere(request) }
    }

    private func fetchHere(_ request: ScrapeRequest) async throws -> ScrapedPage {
        let route = self.route ?? choose(request)
        self.route = route
        guard case .lean(let connection, let prepared) = route, detourLeft == 0 else {
            detourLeft = max(0, detourLeft - 1)
            return try await overWeb(request, within: request.timeout)
        }
        let deadline = ScrapeReactor.time(after: ScrapeSchedule.nanoseconds(max(1, request.timeout)))
        let answer = try await lean(request, connection, prepared, deadline)
        if (300..<400).contains(answer.status), request.client.followRedirects {
            detourLeft = Self.detour
            return try await overWeb(request, within: max(1, (deadline - ScrapeReactor.now()) / 1_000_000))
        }
        guard answer.status == 200 else { throw ScrapeError("server returned HTTP status \(answer.status) \(answer.reason)") }
        if answer.isGzip { try await unpack(request.buffer, PageLimit.bytes(request.bodySizeLimit)) }
        return ScrapedPage(body: request.buffer, contentType: answer.contentType)
    }

    private func lean(
        _ request: ScrapeRequest, _ connection: LeanConnection, _ prepared: PreparedRequest, _ deadline: Int64
    ) async throws -> LeanAnswer {
        do {
            return try await connection.fetch(
                prepared, into: request.buffer, limit: PageLimit.bytes(request.bodySizeLimit), before: deadline)
        } catch let failure as LeanFailure {
            throw ScrapeError("Get \"\(request.url)\": \(failure.words)")
        }
    }

    private func unpack(_ buffer: PageBuffer, _ limit: Int) async throws {
        if try reactor.unpacker.unpack(buffer, limit: limit) { return }
        try await transport.workers.run { try PageUnpacker.unpackLong(buffer, limit: limit) }
    }

    /// TLS, proxies and all that takes longer has no place on the reactor.
    private func overWeb(_ request: ScrapeRequest, within milliseconds: Int64) async throws -> ScrapedPage {
        try await withTaskExecutorPreference(globalConcurrentExecutor) { [transport] in
            try await transport.http.fetch(request, within: milliseconds)
        }
    }

    private func choose(_ request: ScrapeRequest) -> Route {
        let isDirect = transport.http.goesDirectly(request)
        guard let (address, prepared) = LeanRoute.prepare(request, userAgent: transport.http.userAgent, isDirect: isDirect) else { return .web }
        return .lean(LeanConnection(address, reactor, transport.lookup), prepared)
    }
}
