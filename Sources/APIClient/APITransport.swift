import AsyncHTTPClient
public import ClientConfiguration
import NIOCore
import NIOHTTP1
public import WebClient

/// How a client's requests get to the server.
public protocol APITransport: Sendable {
    /// Status and body of the answer, whatever the status.
    func get(_ url: String) async throws -> (status: Int, body: [UInt8])
    /// The same of what is sent as an HTML form.
    func post(_ form: String, to url: String) async throws -> (status: Int, body: [UInt8])
}

/// The headers and the body of a form.
private func fill(_ request: inout HTTPClientRequest, with form: String) {
    request.method = .POST
    request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
    request.body = .bytes(ByteBuffer(string: form))
}

/// More than any answer has, bytes.
private let mostAnswer = 1 << 30
private let patience = TimeAmount.minutes(2)

/// For servers that ask for no login and whose certificates the system trusts.
public struct PlainTransport: APITransport {
    public init() {}

    public func get(_ url: String) async throws -> (status: Int, body: [UInt8]) { try await answer(HTTPClientRequest(url: url)) }

    public func post(_ form: String, to url: String) async throws -> (status: Int, body: [UInt8]) {
        var request = HTTPClientRequest(url: url)
        fill(&request, with: form)
        return try await answer(request)
    }

    private func answer(_ request: HTTPClientRequest) async throws -> (status: Int, body: [UInt8]) {
        let response = try await HTTPClient.shared.execute(request, timeout: patience)
        return (Int(response.status.code), Array(try await response.body.collect(upTo: mostAnswer).readableBytesView))
    }
}

/// For servers that one logs in to.
public struct LoginTransport: APITransport {
    private let web: WebClients
    private let configuration: HTTPClientConfiguration

    /// - Parameter web: whoever made it shuts it down.
    public init(_ web: WebClients, as configuration: HTTPClientConfiguration) {
        self.web = web
        self.configuration = configuration
    }

    public func get(_ url: String) async throws -> (status: Int, body: [UInt8]) { try await answer(url) { _ in } }

    public func post(_ form: String, to url: String) async throws -> (status: Int, body: [UInt8]) { try await answer(url) { fill(&$0, with: form) } }

    private func answer(_ url: String, _ complete: (inout HTTPClientRequest) -> Void) async throws -> (status: Int, body: [UInt8]) {
        let deadline = NIODeadline.now() + patience
        let response = try await web.answer(to: url, as: configuration, before: deadline, complete)
        return (Int(response.status.code), try await WebClients.body(of: response, limit: mostAnswer, before: deadline))
    }
}
