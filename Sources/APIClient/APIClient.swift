import Foundation
import Model

/// Asks a server with Prometheus's HTTP API; what `martlet query` is made of.
public struct APIClient: Sendable {
    /// The server said no, or what it said is not an answer.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    private let base: String
    private let transport: any APITransport

    /// - Parameter server: `http://host:port`, a path prefix allowed; `http://` may be left out.
    public init(server: String, over transport: any APITransport = PlainTransport()) {
        let absolute = server.contains("://") ? server : "http://" + server
        base = absolute.hasSuffix("/") ? String(absolute.dropLast()) : absolute
        self.transport = transport
    }

    /// The body of a successful answer from `/api/v1/<path>`, asked with GET.
    public func get<Answer: Decodable>(_ path: String, _ parameters: [(String, String)], as: Answer.Type) async throws -> Answer {
        let query = Self.encode(parameters)
        let (status, body) = try await transport.get("\(base)/api/v1/\(path)" + (query.isEmpty ? "" : "?" + query))
        return try content(status, body)
    }

    /// The same, asked with POST and a form.
    public func post<Answer: Decodable>(_ path: String, _ parameters: [(String, String)], as: Answer.Type) async throws -> Answer {
        let (status, body) = try await transport.post(Self.encode(parameters), to: "\(base)/api/v1/\(path)")
        return try content(status, body)
    }

    private static func encode(_ parameters: [(String, String)]) -> String {
        parameters.map { "\(escape($0.0))=\(escape($0.1))" }.joined(separator: "&")
    }

    private func content<Answer: Decodable>(_ status: Int, _ body: [UInt8]) throws -> Answer {
        guard let envelope = try? JSONDecoder().decode(Envelope<Answer>.self, from: Data(body)) else {
            let start = String(decoding: body.prefix(200), as: UTF8.self)
            throw Failure(description: "\(base) answered with status \(status), which is not an API answer: \(start)")
        }
        guard let data = envelope.data, envelope.status == "success" else {
            throw Failure(description: "\(envelope.errorType ?? "error"): \(envelope.error ?? "status \(status)")")
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
