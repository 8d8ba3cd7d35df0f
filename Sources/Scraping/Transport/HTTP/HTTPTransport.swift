import AsyncHTTPClient
import ClientConfiguration
import Model
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// Fetches pages with async-http-client: TLS, redirects, connections kept alive.
public final class HTTPTransport: ScrapeTransport {
    /// One client for each way to speak to targets; it lives until ``shutdown()``.
    private struct Key: Hashable {
        let tls: ClientConfiguration.TLSConfiguration
        let followRedirects: Bool
        let enableHTTP2: Bool
        /// Where to connect to, if the certificate's name is another (see ``NamedServer``).
        let host: String?
    }

    private let clients = Mutex<[Key: HTTPClient]>([:])
    private let readFile: @Sendable (String) throws -> [UInt8]
    private let userAgent: String

    /// `readFile` reads files of secrets and certificates.
    public init(userAgent: String, readFile: @escaping @Sendable (String) throws -> [UInt8]) {
        self.userAgent = userAgent
        self.readFile = readFile
    }

    /// Closes all connections. Nothing can be fetched afterwards.
    public func shutdown() async {
        let all = clients.withLock { clients in
            defer { clients = [:] }
            return Array(clients.values)
        }
        for client in all { try? await client.shutdown() }
    }

    public func fetch(_ request: ScrapeRequest) async throws -> ScrapedPage {
        let deadline = NIODeadline.now() + .milliseconds(max(1, request.timeout))
        let response: HTTPClientResponse
        do {
            response = try await answer(to: request.url, as: request.client, before: deadline) { message in
                message.headers.add(name: "Accept", value: request.accept)
                message.headers.add(name: "Accept-Encoding", value: request.acceptsGzip ? "gzip" : "identity")
                message.headers.add(name: "X-Prometheus-Scrape-Timeout-Seconds", value: FloatFormat.plain(Double(request.timeout) / 1000))
            }
        } catch {
            throw TransportFailure.beforeAnswer(error, "Get", request.url)
        }
        guard response.status == .ok else { throw refusal(response.status, request.client) }
        do {
            try await Self.within(deadline) { try await self.receive(response, request) }
        } catch {
            throw TransportFailure.inBody(error)
        }
        return ScrapedPage(body: request.buffer, contentType: response.headers.first(name: "Content-Type"))
    }

    /// The response's head; asks a second time if the connection was lost. `complete` adds what the request has besides who asks.
    func answer(
        to url: String, as configuration: HTTPClientConfiguration, before deadline: NIODeadline, _ complete: (inout HTTPClientRequest) -> Void
    ) async throws -> HTTPClientResponse {
        let named = configuration.tls.serverName.flatMap { NamedServer(url, serverName: $0) }
        let client = try client(for: configuration, host: named?.host)
        var message = HTTPClientRequest(url: named?.url ?? url)
        if let named { message.headers.add(name: "Host", value: named.authority) }
        message.headers.add(name: "User-Agent", value: userAgent)
        complete(&message)
        try addCredentials(of: configuration, to: &message)
        do {
            return try await client.execute(message, deadline: deadline)
        } catch let error where TransportFailure.isLostConnection(error) {
            return try await client.execute(message, deadline: deadline)
        }
    }

    private func refusal(_ status: HTTPResponseStatus, _ client: HTTPClientConfiguration) -> ScrapeError {
        let isRedirect = (300..<400).contains(status.code) && client.followRedirects && client.tls.serverName != nil
        let why = isRedirect ? " (redirects are not followed where tls_config has a server_name)" : ""
        return ScrapeError("server returned HTTP status \(status.code) \(status.reasonPhrase)\(why)")
    }

    private func addCredentials(of configuration: HTTPClientConfiguration, to message: inout HTTPClientRequest) throws {
        let credentials = try Credentials(readFile: readFile).headers(configuration)
        for (name, _) in credentials { message.headers.remove(name: name) }
        for (name, value) in credentials { message.headers.add(name: name, value: value) }
    }

    /// The client's own deadline is over with the response's head; a body may stop coming for ever.
    static func within(_ deadline: NIODeadline, _ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(operation: body)
            group.addTask {
                try await Task.sleep(nanoseconds: UInt64(max(0, (deadline - .now()).nanoseconds)))
                throw HTTPClientError.deadlineExceeded
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func receive(_ response: HTTPClientResponse, _ request: ScrapeRequest) async throws {
        let isGzip = response.headers.first(name: "Content-Encoding")?.lowercased() == "gzip"
        var receiver = try PageReceiver(
            into: request.buffer, limit: request.bodySizeLimit, isGzip: isGzip,
            contentLength: response.headers.first(name: "Content-Length").flatMap(Int.init))
        for try await piece in response.body {
            try piece.withUnsafeReadableBytes { try receiver.receive($0) }
        }
        try receiver.finish()
    }

    // MARK: Clients

    private func client(for configuration: HTTPClientConfiguration, host: String?) throws -> HTTPClient {
        let key = Key(
            tls: configuration.tls, followRedirects: configuration.followRedirects, enableHTTP2: configuration.enableHTTP2, host: host)
        if let client = clients.withLock({ $0[key] }) { return client }
        let tls = try TLSFiles(readFile: readFile).configuration(configuration.tls)
        return clients.withLock { clients in
            if let client = clients[key] { return client }
            let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: Self.options(key, tls))
            clients[key] = client
            return client
        }
    }

    private static func options(_ key: Key, _ tls: NIOSSL.TLSConfiguration) -> HTTPClient.Configuration {
        var options = HTTPClient.Configuration(tlsConfiguration: tls)
        options.redirectConfiguration = key.followRedirects ? .follow(max: 10, allowCycles: false) : .disallow
        if let host = key.host, let name = key.tls.serverName {
            options.dnsOverride = [name: host]
            // The next host would be told the first one's `Host` header, and its certificate would be held against its own name.
            options.redirectConfiguration = .disallow
        }
        options.httpVersion = key.enableHTTP2 ? .automatic : .http1Only
        // Longer than the usual interval, so that each scrape finds its connection open.
        options.connectionPool.idleTimeout = .minutes(5)
        // A target that refuses connections is down now, not when the timeout is over.
        options.connectionPool.retryConnectionEstablishment = false
        options.decompression = .disabled
        options.http1_1ConnectionDebugInitializer = { channel in Self.keepSmall(channel) }
        return options
    }

    /// A connection keeps the buffers it reads into from scrape to scrape, by default four of 64 KiB: with a hundred targets more than the
    /// head's chunks take.
    private static func keepSmall(_ channel: any Channel) -> EventLoopFuture<Void> {
        let small = channel.setOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 16 << 10))
        return small.flatMap { channel.setOption(.maxMessagesPerRead, value: 1) }
    }
}
