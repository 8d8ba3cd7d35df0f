import AsyncHTTPClient
public import ClientConfiguration
import NIOCore
import NIOHTTP1

extension HTTPTransport {
    /// The answer to a GET, whatever its status.
    ///
    /// - Parameters:
    ///   - timeout: milliseconds for everything.
    ///   - limit: bytes that the body may have.
    /// Throws a ``ScrapeError`` (no secret in it).
    public func get(_ url: String, timeout: Int64, limit: Int, as client: HTTPClientConfiguration) async throws -> (status: Int, body: [UInt8]) {
        let deadline = NIODeadline.now() + .milliseconds(max(1, timeout))
        do {
            let response = try await answer(to: url, as: client, before: deadline) { _ in }
            let body = try await response.body.collect(upTo: limit)
            return (Int(response.status.code), Array(body.readableBytesView))
        } catch {
            throw ScrapeError.beforeAnswer(error, "Get", url)
        }
    }
}
