import AsyncHTTPClient
import ClientConfiguration
import NIOCore
import NIOHTTP1

extension WebClients {
    /// The one that is known, or a new one.
    func token(_ oauth2: HTTPClientConfiguration.OAuth2, before deadline: NIODeadline) async throws -> OAuth2Tokens.Token {
        try await tokens.token(for: oauth2) { [self] in try await fetchToken(oauth2, before: deadline) }
    }

    private func fetchToken(_ oauth2: HTTPClientConfiguration.OAuth2, before deadline: NIODeadline) async throws -> OAuth2Tokens.Token {
        var client = HTTPClientConfiguration()
        client.tls = oauth2.tls
        client.proxy = oauth2.proxy
        var withSecret = HTTPClientConfiguration()
        withSecret.oauth2 = oauth2
        let secret = try await prepare(withSecret).secret ?? ""
        let request = OAuth2Request(oauth2, secret: secret)
        do {
            // Servers differ in where they look for the client's name; the header is what the standard wants of all.
            for isInHeader in [true, false] {
                let response = try await once(request.message(inHeader: isInHeader), as: client, token: nil, before: deadline)
                let body = try await Self.body(of: response, limit: 1 << 20, before: deadline)
                if response.status == .unauthorized || response.status == .badRequest, isInHeader { continue }
                return try OAuth2Request.token(status: Int(response.status.code), body: body, received: .now())
            }
            throw WebError("oauth2: no token came")
        } catch let error as WebError {
            throw error
        } catch {
            throw WebError(
                "oauth2: no token came from \(TransportFailure.place(oauth2.tokenAddress)): \(TransportFailure.words(error, ended: "EOF"))")
        }
    }
}
