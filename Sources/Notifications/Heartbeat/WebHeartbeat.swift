import AsyncHTTPClient
public import ClientConfiguration
import NIOCore
import NIOHTTP1
public import WebClient

/// Calls the heartbeat's address with GET, which every service takes that waits for such calls.
public struct WebHeartbeat: HeartbeatCalling {
    /// How long an answer may take.
    private static let patience = TimeAmount.seconds(10)

    private let web: WebClients

    /// - Parameter web: whoever made it shuts it down.
    public init(_ web: WebClients) { self.web = web }

    /// Why a call did not succeed.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    public func call(_ address: Secret) async throws {
        let status: HTTPResponseStatus
        do {
            status = try await web.answer(to: address.revealed, as: HTTPClientConfiguration(), before: .now() + Self.patience) { _ in }.status
        } catch {
            throw Failure(description: TransportFailure.words(error, ended: "EOF"))
        }
        guard (200..<300).contains(status.code) else { throw Failure(description: "bad response status \(status.code) \(status.reasonPhrase)") }
    }
}
