/// One path and what answers it.
struct Route: Sendable {
    typealias Handler = @Sendable (APICall) async throws(APIError) -> APIResponse

    /// Where a handler runs.
    enum Place {
        /// On the connection's event loop: it hands its work to the query threads, or has next to none.
        case loop
        /// Beside the event loops.
        case aside
    }

    /// Segments; one that begins with a colon stands for any text.
    let pattern: String
    /// In the order of the `Allow` header.
    let methods: [String]
    /// Whether there must be data to answer from: until the server is ready such requests are refused.
    let needsReadiness: Bool
    let place: Place
    let handler: Handler

    /// Queries may be sent by POST and change nothing; what lies below these paths does.
    let changesState: Bool

    init(
        _ pattern: String, _ methods: [String] = ["GET"], needsReadiness: Bool = true, on place: Place = .aside, by handler: @escaping Handler
    ) {
        self.pattern = pattern
        self.methods = methods
        self.needsReadiness = needsReadiness
        self.place = place
        self.handler = handler
        changesState = pattern.hasPrefix("/-/") || pattern.hasPrefix("/api/v1/admin/")
    }

    var allow: String { (methods + ["OPTIONS"]).sorted().joined(separator: ", ") }
}

/// A request that has found its route.
struct APICall: Sendable {
    let request: APIRequest
    /// The path's parameter.
    let parameter: String

    var form: FormValues { request.form }
}
