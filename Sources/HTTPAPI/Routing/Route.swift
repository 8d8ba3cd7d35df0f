import Access

/// One path and what answers it. Several may have the same path, with other methods.
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
    let audience: Audience
    /// Whether there must be data to answer from: until the server is ready such requests are refused.
    let needsReadiness: Bool
    let place: Place
    let handler: Handler

    /// - Parameter audience: who may use it, which every route has to say.
    init(
        _ pattern: String, _ methods: [String] = ["GET"], for audience: Audience, needsReadiness: Bool = true, on place: Place = .aside,
        by handler: @escaping Handler
    ) {
        self.pattern = pattern
        self.methods = methods
        self.audience = audience
        self.needsReadiness = needsReadiness
        self.place = place
        self.handler = handler
    }

}

/// A request that has found its route.
struct APICall: Sendable {
    let request: APIRequest
    /// The path's parameter.
    let parameter: String

    var form: FormValues { request.form }
}
