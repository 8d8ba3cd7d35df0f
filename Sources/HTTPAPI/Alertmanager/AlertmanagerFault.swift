import Catalog
import Model

/// Why a request to `/api/v2` fails, in the forms in which Alertmanager says so.
public enum AlertmanagerFault: Error {
    /// The handler's own: a text.
    case text(Int, String)
    /// The framework's, which has numbers for what is wrong with a value: 601 its type, 602 it is missing, 612 too few of it.
    case coded(Int, Int, String)
    case nothing(Int)

    var response: APIResponse {
        switch self {
        case .text(let status, let message): .go(status: status) { $0.string(message) }
        case .coded(let status, let code, let message):
            .go(status: status, endsLine: false) { $0.object([("code", { $0.raw(String(code)) }), ("message", { $0.string(message) })]) }
        case .nothing(let status): APIResponse(status: status, type: "", body: [])
        }
    }

    static func unreadable(_ what: String, _ cause: String) -> AlertmanagerFault {
        .coded(400, 400, "parsing \(what) body from \"\" failed, because \(cause)")
    }

    static func missing(_ name: String) -> AlertmanagerFault { .coded(422, 602, "\(name) in body is required") }
}

extension APICall {
    /// The request's body, which must be there and be JSON.
    /// - Parameter what: what errors call it.
    func jsonBody(_ what: String) throws(AlertmanagerFault) -> JSONValue {
        let type = (request.headers["content-type"] ?? "").prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        guard type == "application/json" else {
            throw .coded(415, 415, "unsupported media type \(quoted(type)), only [application/json] are allowed")
        }
        guard !request.body.isEmpty else { throw .missing(what) }
        do throws(JSONError) {
            return try JSONValue(parsing: request.body)
        } catch {
            throw .unreadable(what, error.description)
        }
    }

    /// Who asks.
    /// - Parameter claimed: who the request says it is from.
    func requester(claimed: String?) -> Requester {
        var requester = request.requester
        requester.claimed = claimed.flatMap { $0.isEmpty ? nil : $0 }
        return requester
    }
}

extension JSONValue {
    /// What errors call a value of this kind.
    var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "a truth value"
        case .number: "a number"
        case .string: "a text"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
