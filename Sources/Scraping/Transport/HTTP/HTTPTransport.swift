import AsyncHTTPClient
import ClientConfiguration
import Model
import NIOCore
import NIOHTTP1
import Synchronization
import WebClient

/// Fetches pages with async-http-client: TLS, redirects, connections kept alive.
public final class HTTPTransport: ScrapeTransport {
    private let web: WebClients
    let userAgent: String

    /// - Parameters:
    ///   - environment: the variables that say which proxies to take.
    ///   - readFile: reads files of secrets and certificates.
    public init(userAgent: String, environment: [String: String] = [:], readFile: @escaping @Sendable (String) throws -> [UInt8]) {
        self.userAgent = userAgent
        // Open longer than the usual interval, so that each scrape finds its connection.
        web = WebClients(
            userAgent: userAgent, environment: environment, connections: WebClients.ConnectionLooks(idle: .minutes(5), isSmall: true),
            readFile: readFile)
    }

    /// Closes all connections. Nothing can be fetched afterwards.
    public func shutdown() async { await web.shutdown() }

    public func fetch(_ request: ScrapeRequest) async throws -> ScrapedPage { try await fetch(request, within: request.timeout) }

    /// As ``fetch(_:)``, in the time that is left: milliseconds.
    func fetch(_ request: ScrapeRequest, within left: Int64) async throws -> ScrapedPage {
        let deadline = NIODeadline.now() + .milliseconds(max(1, left))
        let response: HTTPClientResponse
        do {
            response = try await answer(to: request.url, as: request.client, before: deadline) { message in
                message.headers.add(name: "Accept", value: request.accept)
                message.headers.add(name: "Accept-Encoding", value: request.acceptsGzip ? "gzip" : "identity")
                message.headers.add(name: "X-Prometheus-Scrape-Timeout-Seconds", value: FloatFormat.plain(Double(request.timeout) / 1000))
            }
        } catch {
            throw ScrapeError.beforeAnswer(error, "Get", request.url)
        }
        guard response.status == .ok else { throw refusal(response.status, request.client) }
        let packedSize = Mutex<Int?>(nil)
        do {
            try await WebClients.within(deadline) {
                let size = try await self.receive(response, request)
                packedSize.withLock { $0 = size }
            }
        } catch {
            throw ScrapeError.inBody(error)
        }
        return ScrapedPage(
            body: request.buffer, contentType: response.headers.first(name: "Content-Type"), packedSize: packedSize.withLock { $0 })
    }

    /// Whether no proxy is between us and the target.
    func goesDirectly(_ request: ScrapeRequest) -> Bool { web.goesDirectly(to: request.url, as: request.client) }

    func answer(
        to url: String, as configuration: HTTPClientConfiguration, before deadline: NIODeadline, _ complete: (inout HTTPClientRequest) -> Void
    ) async throws -> HTTPClientResponse {
        try await web.answer(to: url, as: configuration, before: deadline, complete)
    }

    private func refusal(_ status: HTTPResponseStatus, _ client: HTTPClientConfiguration) -> ScrapeError {
        let isRedirect = (300..<400).contains(status.code) && client.followRedirects && client.tls.serverName != nil
        let why = isRedirect ? " (redirects are not followed where tls_config has a server_name)" : ""
        return ScrapeError("server returned HTTP status \(status.code) \(status.reasonPhrase)\(why)")
    }

    /// Returns how many bytes came, if they were packed.
    private func receive(_ response: HTTPClientResponse, _ request: ScrapeRequest) async throws -> Int? {
        let isGzip = response.headers.first(name: "Content-Encoding")?.lowercased() == "gzip"
        var receiver = try PageReceiver(
            into: request.buffer, limit: request.bodySizeLimit, isGzip: isGzip,
            contentLength: response.headers.first(name: "Content-Length").flatMap(Int.init))
        for try await piece in response.body {
            try piece.withUnsafeReadableBytes { try receiver.receive($0) }
        }
        try receiver.finish()
        return isGzip ? receiver.received : nil
    }
}
