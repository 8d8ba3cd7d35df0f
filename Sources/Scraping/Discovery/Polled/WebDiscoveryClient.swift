import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization
public import WebClient

/// Asks sources of targets with async-http-client. What it takes is made with the first request: most servers have no such sources.
public final class WebDiscoveryClient: DiscoveryClient {
    /// No list of targets is longer, in bytes.
    private static let mostBytes = 64 << 20
    /// Milliseconds; connections whose certificates have been replaced are kept that long.
    private static let longest: Int64 = 600_000

    private let make: @Sendable () -> WebClients
    private let web = Mutex<WebClients?>(nil)

    public init(_ make: @escaping @Sendable () -> WebClients) { self.make = make }

    /// Closes all connections. Nothing can be asked afterwards.
    public func shutdown() async {
        await web.withLock { $0 }?.shutdown()
    }

    public func get(_ request: DiscoveryRequest) async throws -> DiscoveryAnswer {
        let deadline = NIODeadline.now() + .milliseconds(min(max(1, request.timeout), Self.longest))
        let web = web.withLock { web in
            let known = web ?? make()
            web = known
            return known
        }
        do {
            let response = try await web.answer(to: request.url, as: request.client, before: deadline) { message in
                for (name, value) in request.headers { message.headers.add(name: name, value: value) }
            }
            let body = try await WebClients.body(of: response, limit: Self.mostBytes + 1, before: deadline)
            if body.count > Self.mostBytes { throw DiscoveryError("\(request.name): the answer is longer than \(Self.mostBytes) bytes") }
            return DiscoveryAnswer(status: Int(response.status.code), headers: response.headers.map { ($0.name, $0.value) }, body: body)
        } catch let error as DiscoveryError {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            throw DiscoveryError("\(request.name): \(TransportFailure.words(error, ended: "unexpected EOF"))")
        }
    }
}
