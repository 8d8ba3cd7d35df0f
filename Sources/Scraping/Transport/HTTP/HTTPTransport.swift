import AsyncHTTPClient
import Model
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// Fetches pages with async-http-client: TLS, redirects, connections kept alive.
public final class HTTPTransport: ScrapeTransport {
    /// One client for each way to speak to targets; it lives until ``shutdown()``.
    private struct Key: Hashable {
        let tls: TLSConfiguration
        let followRedirects: Bool
        let enableHTTP2: Bool
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
        do {
            let client = try client(for: request.client)
            let response = try await client.execute(try message(request), timeout: .milliseconds(max(1, request.timeout)))
            guard response.status == .ok else {
                throw ScrapeError("server returned HTTP status \(response.status.code) \(response.status.reasonPhrase)")
            }
            try await receive(response, request)
            return ScrapedPage(body: request.buffer, contentType: response.headers.first(name: "Content-Type"))
        } catch let error as ScrapeError {
            throw error
        } catch let error as HTTPClientError {
            throw ScrapeError(error == .deadlineExceeded || error == .connectTimeout ? "context deadline exceeded" : "Get \"\(request.url)\": \(error)")
        } catch {
            throw ScrapeError("Get \"\(request.url)\": \(error)")
        }
    }

    private func message(_ request: ScrapeRequest) throws -> HTTPClientRequest {
        var message = HTTPClientRequest(url: request.url)
        message.headers.add(name: "User-Agent", value: userAgent)
        message.headers.add(name: "Accept", value: request.accept)
        message.headers.add(name: "Accept-Encoding", value: request.acceptsGzip ? "gzip" : "identity")
        message.headers.add(name: "X-Prometheus-Scrape-Timeout-Seconds", value: FloatFormat.plain(Double(request.timeout) / 1000))
        for (name, value) in try Credentials(readFile: readFile).headers(request.client) { message.headers.replaceOrAdd(name: name, value: value) }
        return message
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

    private func client(for configuration: HTTPClientConfiguration) throws -> HTTPClient {
        let key = Key(tls: configuration.tls, followRedirects: configuration.followRedirects, enableHTTP2: configuration.enableHTTP2)
        if let client = clients.withLock({ $0[key] }) { return client }
        let tls = try TLSFiles(readFile: readFile).configuration(configuration.tls)
        return clients.withLock { clients in
            if let client = clients[key] { return client }
            var options = HTTPClient.Configuration(tlsConfiguration: tls)
            options.redirectConfiguration = key.followRedirects ? .follow(max: 10, allowCycles: false) : .disallow
            options.httpVersion = key.enableHTTP2 ? .automatic : .http1Only
            // Longer than the usual interval, so that each scrape finds its connection open.
            options.connectionPool.idleTimeout = .minutes(5)
            options.decompression = .disabled
            let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: options)
            clients[key] = client
            return client
        }
    }
}
