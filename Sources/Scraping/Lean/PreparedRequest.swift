import ClientConfiguration
import Model
import WebClient

/// The bytes of a target's request, the same for each scrape. They may hold secrets and are never shown.
struct PreparedRequest: Sendable, CustomReflectable, CustomStringConvertible {
    let bytes: [UInt8]

    /// - Parameter own: headers that say who we are and what else the job wants to be said; they take the place of others of the same name.
    init(_ request: ScrapeRequest, to address: LeanAddress, userAgent: String, own: [(name: String, value: String)]) {
        let usual = [
            ("Host", address.authority), ("Accept", request.accept), ("Accept-Encoding", request.acceptsGzip ? "gzip" : "identity"),
            ("X-Prometheus-Scrape-Timeout-Seconds", FloatFormat.plain(Double(request.timeout) / 1000)), ("User-Agent", userAgent),
        ]
        let replaced = Set(own.map { $0.name.lowercased() })
        let lines = usual.filter { !replaced.contains($0.0.lowercased()) } + own.map { ($0.name, $0.value) }
        let head = "GET \(address.target) HTTP/1.1\r\n" + lines.map { "\($0.0): \($0.1)\r\n" }.joined() + "\r\n"
        bytes = Array(head.utf8)
    }

    var customMirror: Mirror { Mirror(self, children: [:]) }
    var description: String { "a request of \(bytes.count) bytes" }
}
