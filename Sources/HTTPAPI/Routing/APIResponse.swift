/// What an endpoint answers, free of any server library.
public struct APIResponse: Sendable {
    public var status: Int
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// Where the body comes from, piece by piece, if it is still being written; `body` is empty then.
    var stream: AnswerStream?

    init(status: Int = 200, type: String, body: [UInt8]) {
        self.status = status
        headers = [("Content-Type", type)]
        self.body = body
    }

    static func text(_ text: String, status: Int = 200) -> APIResponse {
        APIResponse(status: status, type: "text/plain; charset=utf-8", body: Array(text.utf8))
    }

    /// As Go's servers refuse: plain text that browsers may not take for anything else.
    static func refusal(_ text: String, status: Int) -> APIResponse {
        var response = APIResponse.text(text + "\n", status: status)
        response.headers.append(("X-Content-Type-Options", "nosniff"))
        return response
    }

    /// Done, and nothing to say about it.
    static let nothing = APIResponse(status: 204, type: "", body: [])

    /// More is being taken in than there is memory for.
    static let noRoom = {
        var response = refusal("too much is being written at the moment", status: 503)
        response.headers.append(("Retry-After", "5"))
        return response
    }()

    /// What is being sent hardly comes, and keeps others waiting.
    static let tooSlow = {
        var response = refusal("the request comes too slowly, while others wait", status: 503)
        response.headers.append(("Retry-After", "5"))
        return response
    }()

    static let notFound = refusal("404 page not found", status: 404)

    static func notAllowed(_ allow: String) -> APIResponse {
        var response = refusal("Method Not Allowed", status: 405)
        response.headers.append(("Allow", allow))
        return response
    }

    static func json(_ writer: JSONWriter, status: Int = 200) -> APIResponse {
        APIResponse(status: status, type: "application/json", body: writer.bytes)
    }

    /// See `JSONWriter.success`.
    static func success(
        warnings: [String] = [], infos: [String] = [], reserving: Int = 1024, data: (inout JSONWriter) throws -> Void
    ) rethrows -> APIResponse {
        var json = JSONWriter(reserving: reserving)
        try json.success(warnings: warnings, infos: infos, data)
        return .json(json)
    }

    /// JSON that `stream` will bring.
    static func json(_ stream: AnswerStream) -> APIResponse {
        var response = APIResponse(type: "application/json", body: [])
        response.stream = stream
        return response
    }

    static func failure(_ error: APIError) -> APIResponse {
        var json = JSONWriter()
        json.object { json in
            json.member("status", "error")
            json.member("errorType", error.kind.rawValue)
            json.member("error", error.message)
        }
        return .json(json, status: error.kind.status)
    }

    /// Compressed, if the client reads that and it is worth it. Not for event loops.
    func packed(for request: APIRequest) -> APIResponse {
        guard body.count >= 1024, request.acceptsGzip, let compressed = Gzip.compress(body) else { return self }
        var response = self
        response.body = compressed
        response.headers.append(("Content-Encoding", "gzip"))
        return response
    }

    /// Adds headers that are not there yet.
    mutating func add(_ more: [(name: String, value: String)]) {
        for (name, value) in more where header(name) == nil { headers.append((name, value)) }
    }

    /// The first value of a header, nil if it is not set; names without regard to case.
    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}
