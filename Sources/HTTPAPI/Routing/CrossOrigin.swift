import Model

/// Which web pages may talk to us through their visitors' browsers.
struct CrossOrigin: Sendable {
    private let allowed: LabelRegex?
    private let ownHost: String?

    /// - Throws: if the pattern is no regular expression.
    init(_ options: HTTPServerOptions) throws {
        allowed = try options.corsOrigin.map { try LabelRegex($0) }
        ownHost = options.externalURL.flatMap(Self.host)
    }

    /// Lets scripts of allowed origins read the answer.
    func addHeaders(to response: inout APIResponse, for request: APIRequest) {
        guard let allowed else { return }
        response.headers.append(("Vary", "Origin"))
        guard let origin = request.headers["origin"], allowed.matches(origin) else { return }
        response.headers += [
            ("Access-Control-Allow-Headers", "Accept, Authorization, Content-Type, Origin"),
            ("Access-Control-Allow-Methods", "GET, POST, OPTIONS"),
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Expose-Headers", "Date"),
        ]
    }

    /// Whether a browser sends this for a page that is not ours. Programs that are no browsers send no `Origin`.
    func isForeign(_ request: APIRequest) -> Bool {
        guard let origin = request.headers["origin"] else { return false }
        guard let host = Self.host(origin) else { return true }
        return host != request.headers["host"]?.lowercased() && host != ownHost
    }

    /// `host:port` of a URL or origin; nil if it is neither.
    private static func host(_ url: String) -> String? {
        let parts = url.lowercased().split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[0].hasSuffix(":"), parts[1].isEmpty, !parts[2].isEmpty else { return nil }
        return String(parts[2])
    }
}
