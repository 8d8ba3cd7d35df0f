import Access

extension AccessControl {
    /// Lets a request go on, with the name of whoever it is from, or answers it.
    /// - Parameter entry: where it would go; nil for nowhere, which only those who logged in are told.
    func admit(_ request: inout APIRequest, to entry: RouteTable.Entry?) async -> APIResponse? {
        let audience = entry?.audience(request.method) ?? .viewer
        let verdict = await judge(
            authorization: request.headers["authorization"], certificate: request.certificate, client: request.client, for: audience)
        switch verdict {
        case .admitted(let login):
            request.login = login
            return nil
        case .unknown(let challenges):
            var response = APIResponse.failure(APIError(.unauthorized, "a login is needed: a user's name and password, or a token"))
            for challenge in challenges { response.headers.append(("WWW-Authenticate", challenge)) }
            return response
        case .forbidden(let login):
            let roles = login.roles.map(\.rawValue).sorted().joined(separator: ", ")
            return .failure(
                APIError(.forbidden, "\(login.name) may not do this: it takes the role \(audience.rawValue), and \(login.name) has \(roles)"))
        case .busy(let seconds):
            var response = APIResponse.failure(APIError(.tooManyRequests, "too many requests; try again in \(seconds) s"))
            response.headers.append(("Retry-After", "\(seconds)"))
            return response
        }
    }
}
