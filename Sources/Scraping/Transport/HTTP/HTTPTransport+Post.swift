public import ClientConfiguration
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import WebClient

extension HTTPTransport {
    /// More of an answer's body is not read; its connection is then closed.
    private static let mostAnswer = 64 << 10

    /// Sends a body and waits for the answer, whose status must be one of 2xx.
    ///
    /// - Parameter timeout: milliseconds for everything.
    /// Throws a ``ScrapeError`` (no secret in it).
    public func post(_ body: [UInt8], type: String, to url: String, timeout: Int64, as client: HTTPClientConfiguration) async throws {
        let deadline = NIODeadline.now() + .milliseconds(max(1, timeout))
        let response: HTTPClientResponse
        do {
            response = try await answer(to: url, as: client, before: deadline) { message in
                message.method = .POST
                message.headers.add(name: "Content-Type", value: type)
                message.body = .bytes(ByteBuffer(bytes: body))
            }
        } catch {
            throw ScrapeError.beforeAnswer(error, "Post", url)
        }
        do {
            // A connection is used again only if its answer has been read.
            try await WebClients.within(deadline) { [body = response.body] in
                var count = 0
                for try await piece in body {
                    count += piece.readableBytes
                    if count > Self.mostAnswer { break }
                }
            }
        } catch {
            throw ScrapeError.inBody(error)
        }
        guard (200..<300).contains(response.status.code) else {
            throw ScrapeError("bad response status \(response.status.code) \(response.status.reasonPhrase)")
        }
    }
}
