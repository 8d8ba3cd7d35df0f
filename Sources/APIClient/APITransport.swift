import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// How a client's requests get to the server.
public protocol APITransport: Sendable {
    /// Status and body of the answer, whatever the status.
    func get(_ url: String) async throws -> (status: Int, body: [UInt8])
}

/// For servers that ask for no login and whose certificates the system trusts.
public struct PlainTransport: APITransport {
    public init() {}

    public func get(_ url: String) async throws -> (status: Int, body: [UInt8]) {
        let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .minutes(2))
        return (Int(response.status.code), Array(try await response.body.collect(upTo: 1 << 30).readableBytesView))
    }
}
