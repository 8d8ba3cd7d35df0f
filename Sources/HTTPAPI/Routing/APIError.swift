import PromQL

/// Why a request has no answer, as the API tells it: `{"status":"error","errorType":…,"error":…}`.
struct APIError: Error {
    /// Prometheus's error types, each with its HTTP status.
    enum Kind: String {
        case badData = "bad_data"
        case execution
        case canceled
        case timeout
        case unavailable
        case `internal`
        case notFound = "not_found"
        // Prometheus leaves these to what is before its API, which answers in plain text.
        case unauthorized
        case forbidden
        case tooManyRequests = "too_many_requests"

        var status: Int {
            switch self {
            case .badData: 400
            case .execution: 422
            // Not a registered code: the client has gone and will not see it.
            case .canceled: 499
            case .timeout: 503
            case .unavailable, .internal: 500
            case .notFound: 404
            case .unauthorized: 401
            case .forbidden: 403
            case .tooManyRequests: 429
            }
        }
    }

    let kind: Kind
    let message: String

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    static func badData(_ message: String) -> APIError { APIError(.badData, message) }

    static func invalid(_ parameter: String, _ cause: String) -> APIError {
        .badData("invalid parameter \"\(parameter)\": \(cause)")
    }

    init(_ error: QueryError) {
        switch error {
        case .parse(let error): self = .invalid("query", error.description)
        case .execution(let message), .tooManySamples(let message): self.init(.execution, message)
        case .canceled(let message): self.init(.canceled, message)
        case .timeout(let message): self.init(.timeout, message)
        case .storage(let message): self.init(.internal, message)
        }
    }
}
