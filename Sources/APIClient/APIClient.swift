import AsyncHTTPClient
import Foundation
import Model
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// Asks a server with Prometheus's HTTP API; what `martlet query` is made of.
public struct APIClient: Sendable {
    /// The server said no, or what it said is not an answer.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    private let base: String
    private let http: HTTPClient
    private let timeout: TimeAmount

    /// - Parameter server: `http://host:port`, a path prefix allowed; `http://` may be left out.
    public init(server: String, http: HTTPClient = .shared, timeout: TimeAmount = .minutes(2)) {
        let absolute = server.contains("://") ? server : "http://" + server
        base = absolute.hasSuffix("/") ? String(absolute.dropLast()) : absolute
        self.http = http
        self.timeout = timeout
    }

    /// The body of a successful answer from `/api/v1/<path>`, asked with GET.
    public func get<Answer: Decodable>(_ path: String, _ parameters: [(String, String)], as: Answer.Type) async throws -> Answer {
        let query = parameters.map { "\(Self.escape($0.0))=\(Self.escape($0.1))" }.joined(separator: "&")
        let request = HTTPClientRequest(url: "\(base)/api/v1/\(path)" + (query.isEmpty ? "" : "?" + query))
        let response = try await http.execute(request, timeout: timeout)
        let body = try await response.body.collect(upTo: 1 << 30)
        guard let envelope = try? JSONDecoder().decode(Envelope<Answer>.self, from: body) else {
            let start = String(buffer: body).prefix(200)
            throw Failure(description: "\(base) answered with status \(response.status.code), which is not an API answer: \(start)")
        }
        guard let data = envelope.data, envelope.status == "success" else {
            throw Failure(description: "\(envelope.errorType ?? "error"): \(envelope.error ?? "status \(response.status.code)")")
        }
        return data
    }

    /// Percent-encoding of everything but unreserved characters.
    static func escape(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            let scalar = Unicode.Scalar(byte)
            let unreserved = byte < 0x80 && (scalar.properties.isAlphabetic || (0x30...0x39).contains(byte) || "-_.~".unicodeScalars.contains(scalar))
            if unreserved {
                out.unicodeScalars.append(scalar)
            } else {
                out += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return out
    }
}

/// What every answer of the API is wrapped in.
private struct Envelope<Answer: Decodable>: Decodable {
    let status: String
    let data: Answer?
    let errorType: String?
    let error: String?
}
