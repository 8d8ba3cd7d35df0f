import Model
import StrictYAML

/// Headers that may be sent with every answer: those that Prometheus allows, with the values it allows.
enum SecurityHeaders {
    /// Nil: any value.
    private static let allowed: [(name: String, values: [String]?)] = [
        ("Content-Security-Policy", nil), ("Strict-Transport-Security", nil), ("X-Content-Type-Options", ["nosniff"]),
        ("X-Frame-Options", ["deny", "sameorigin"]), ("X-XSS-Protection", nil),
    ]

    /// Reads `http_server_config`.
    static func read(_ value: YAMLValue) throws(YAMLError) -> [(name: String, value: String)] {
        let map = try value.mapping(keys: ["http2", "headers"])
        if let http2 = map.given("http2"), try http2.bool() { http2.warn("this server speaks HTTP/1.1; clients that could do more agree to that") }
        var headers: [(name: String, value: String)] = []
        for (name, place, value) in try map["headers"]?.entries() ?? [] {
            guard let rule = allowed.first(where: { $0.name == name }) else {
                let names = allowed.map(\.name).joined(separator: ", ")
                throw YAMLError(place, "the header \(quoted(name)) cannot be set here; expected one of \(names)")
            }
            let text = try value.string()
            if let values = rule.values, !values.contains(text) {
                throw value.error("expected one of \(values.joined(separator: ", ")), found \(quoted(text))")
            }
            headers.append((name, text))
        }
        return headers
    }
}
