import Access
import NIOCore
import NIOHTTP1

/// A request while it arrives.
struct RequestAssembly {
    let head: HTTPRequestHead
    private var body: [UInt8] = []
    /// Bytes that the body may have.
    let limit: Int

    /// - Parameter limit: bytes that the body may have.
    init(_ head: HTTPRequestHead, limit: Int) {
        self.head = head
        self.limit = limit
    }

    /// Why the request cannot be answered whatever its body is.
    var objection: APIResponse? {
        if head.version == .http1_1, head.headers.first(name: "Host") == nil {
            return .refusal("400 Bad Request: missing required Host header", status: 400)
        }
        if let expected = head.headers.first(name: "Expect"), expected.lowercased() != "100-continue" {
            return .refusal("417 Expectation Failed", status: 417)
        }
        if let length = BodyPolicy.length(head), length > limit { return tooLarge(" of \(length) bytes") }
        return nil
    }

    /// - Parameter size: how large the body is, if that is known.
    func tooLarge(_ size: String = "") -> APIResponse {
        .refusal("request body\(size) too large: at most \(limit) bytes are taken", status: 413)
    }

    /// Whether the client waits to be told to send the body.
    var wantsToBeTold: Bool { head.version == .http1_1 && head.headers.first(name: "Expect") != nil }

    /// Whether another request may come after this one. The decoder takes nothing after one that asks for another protocol.
    var keepsAlive: Bool { head.isKeepAlive && head.method != .CONNECT && head.headers.first(name: "Upgrade") == nil }

    /// Bytes that the body will have, or may have where the client does not say.
    var expected: Int { min(BodyPolicy.length(head) ?? limit, limit) }

    /// Bytes that have come.
    var count: Int { body.count }

    /// Makes room for a body whose size is known.
    mutating func reserve() {
        if let length = BodyPolicy.length(head) { body.reserveCapacity(min(length, limit)) }
    }

    /// Whether there is so much of it that reading it takes a while.
    var isLarge: Bool { body.count + head.uri.utf8.count > 16 << 10 }

    /// False if the body becomes larger than is allowed.
    mutating func add(_ part: ByteBuffer) -> Bool {
        guard body.count + part.readableBytes <= limit else { return false }
        body.append(contentsOf: part.readableBytesView)
        return true
    }

    func request(hangUp: HangUp, client: String, certificate: ClientCertificate?) -> APIRequest {
        var headers = RequestHeaders()
        headers.reserveCapacity(head.headers.count)
        for (name, value) in head.headers { headers.add(name, value) }
        var request = APIRequest(method: head.method.rawValue, target: target, headers: headers, body: body, hangUp: hangUp, client: client)
        request.takesStreams = true
        request.certificate = certificate
        return request
    }

    /// Path and query; a proxy's client sends a whole URL.
    private var target: String {
        guard !head.uri.utf8.starts(with: "/".utf8), let scheme = head.uri.firstRange(of: "://") else { return head.uri }
        let rest = head.uri[scheme.upperBound...]
        return rest.firstIndex { $0 == "/" || $0 == "?" }.map { rest[$0] == "/" ? String(rest[$0...]) : "/" + rest[$0...] } ?? "/"
    }
}
