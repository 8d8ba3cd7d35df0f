import Model

/// One path and what answers it.
struct Route: Sendable {
    typealias Handler = @Sendable (APICall) async throws(APIError) -> APIResponse

    /// Segments; one that begins with a colon stands for any text.
    let pattern: String
    /// In the order of the `Allow` header.
    let methods: [String]
    /// Whether there must be data to answer from: until the server is ready such requests are refused.
    let needsReadiness: Bool
    let handler: Handler

    /// Queries may be sent by POST and change nothing; what lies below these paths does.
    var changesState: Bool { pattern.hasPrefix("/-/") || pattern.hasPrefix("/api/v1/admin/") }

    init(_ pattern: String, _ methods: [String] = ["GET"], needsReadiness: Bool = true, by handler: @escaping Handler) {
        self.pattern = pattern
        self.methods = methods
        self.needsReadiness = needsReadiness
        self.handler = handler
    }

    /// The parameter in the path (empty for a pattern without one), nil if the path is another's.
    func match(_ path: [Substring]) -> String? {
        let wanted = pattern.split(separator: "/", omittingEmptySubsequences: false)
        guard wanted.count == path.count else { return nil }
        var parameter = ""
        for (segment, given) in zip(wanted, path) {
            if segment.hasPrefix(":") {
                guard !given.isEmpty, let text = Percent.decode(given.utf8, plusIsSpace: false) else { return nil }
                parameter = text
            } else if !sameBytes(String(segment), String(given)) {
                return nil
            }
        }
        return parameter
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
