import AsyncHTTPClient
import ClientConfiguration
import Model
import NIOCore
import NIOHTTP1

/// Tokens that have been fetched, until they expire. Who asks while one is being fetched waits for that one.
actor OAuth2Tokens {
    struct Token: Sendable, Hashable {
        let text: String
        /// As it stands in the header.
        let type: String
        /// Nil: it is good until it is refused.
        let expires: NIODeadline?
    }

    private var known: [HTTPClientConfiguration.OAuth2: Token] = [:]
    private var fetching: [HTTPClientConfiguration.OAuth2: Task<Token, any Error>] = [:]

    func token(
        for client: HTTPClientConfiguration.OAuth2, _ fetch: @escaping @Sendable () async throws -> Token
    ) async throws -> Token {
        if let token = known[client], token.expires.map({ .now() < $0 }) ?? true { return token }
        if let task = fetching[client] { return try await task.value }
        let task = Task { try await fetch() }
        fetching[client] = task
        defer { fetching[client] = nil }
        let token = try await task.value
        known[client] = token
        return token
    }

    /// It has been refused.
    func forget(_ token: Token, of client: HTTPClientConfiguration.OAuth2) {
        if known[client] == token { known[client] = nil }
    }
}

/// What asks for a token (RFC 6749 §4.4.2), and what answers (§5.1).
struct OAuth2Request {
    private let client: HTTPClientConfiguration.OAuth2
    private let secret: String

    /// A token that ends this soon is fetched anew.
    private static let margin = TimeAmount.seconds(10)

    init(_ client: HTTPClientConfiguration.OAuth2, secret: String) {
        self.client = client
        self.secret = secret
    }

    /// - Parameter inHeader: whether name and secret stand in the header or in the body.
    func message(inHeader: Bool) -> HTTPClientRequest {
        var fields = [("grant_type", "client_credentials")]
        if !client.scopes.isEmpty { fields.append(("scope", client.scopes.joined(separator: " "))) }
        fields += client.parameters.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        var message = HTTPClientRequest(url: client.tokenAddress)
        if inHeader {
            let login = "\(Self.escaped(client.clientID)):\(Self.escaped(secret))"
            message.headers.add(name: "Authorization", value: "Basic " + Credentials.base64(login.utf8))
        } else {
            fields += [("client_id", client.clientID), ("client_secret", secret)]
        }
        message.method = .POST
        message.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        message.headers.add(name: "Accept", value: "application/json")
        let body = fields.map { "\(Self.escaped($0.0))=\(Self.escaped($0.1))" }.joined(separator: "&")
        message.body = .bytes(ByteBuffer(string: body))
        return message
    }

    /// As forms have it: letters, digits and `-_.*` stay, a space becomes `+`.
    private static func escaped(_ text: String) -> String {
        var out: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x5f, 0x2e, 0x7e: out.append(byte)
            case 0x20: out.append(UInt8(ascii: "+"))
            default: out += "%\(byte < 16 ? "0" : "")\(String(byte, radix: 16, uppercase: true))".utf8
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    static func token(status: Int, body: [UInt8], received: NIODeadline) throws -> OAuth2Tokens.Token {
        let answer = try? JSONValue(parsing: body)
        guard (200..<300).contains(status) else {
            // Of what the server says only the code that the standard knows: the rest might repeat the secret.
            let codes = ["invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope"]
            let code = answer?["error"]?.text.flatMap { codes.contains($0) ? ", \($0)" : nil } ?? ""
            throw WebError("oauth2: the token was refused with status \(status)\(code)")
        }
        guard let text = answer?["access_token"]?.text, !text.isEmpty else { throw WebError("oauth2: there is no access_token in the answer") }
        let type = answer?["token_type"]?.text ?? ""
        return OAuth2Tokens.Token(
            text: text, type: type.isEmpty || type.lowercased() == "bearer" ? "Bearer" : type,
            expires: lifetime(answer?["expires_in"]).map { received + $0 - margin })
    }

    /// A number of seconds; some servers send it as a text.
    private static func lifetime(_ value: JSONValue?) -> TimeAmount? {
        let seconds = value?.integer ?? value?.text.flatMap { Int64($0) }
        guard let seconds, seconds > 0 else { return nil }
        return .seconds(min(seconds, 365 * 86_400))
    }
}
