import ClientConfiguration
import WebClient

/// Who is scraped the lean way: whoever is reached directly, without TLS, and is told nothing that must be fetched or read first.
enum LeanRoute {
    /// Headers that say how the message itself is to be read.
    private static let framing: Set<String> = ["connection", "content-length", "expect", "te", "trailer", "transfer-encoding", "upgrade"]

    /// The address and the request's bytes; nil if the target is not for this way.
    static func prepare(_ request: ScrapeRequest, userAgent: String, isDirect: Bool) -> (LeanAddress, PreparedRequest)? {
        let client = request.client
        guard isDirect, client.oauth2 == nil, client.namedFiles.isEmpty, let address = LeanAddress(request.url) else { return nil }
        guard let own = try? Credentials(readFile: { _ in [] }).headers(client), own.allSatisfy(isPlain) else { return nil }
        return (address, PreparedRequest(request, to: address, userAgent: userAgent, own: own))
    }

    private static func isPlain(_ header: (name: String, value: String)) -> Bool {
        !framing.contains(header.name.lowercased()) && header.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ":") }
            && header.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }
    }
}
