import WebClient

extension ScrapeError {
    /// Before the response's head had come. The method is spelled as Prometheus does in errors.
    static func beforeAnswer(_ error: any Error, _ method: String, _ url: String) -> ScrapeError {
        if let error = error as? ScrapeError { return error }
        if let error = error as? WebError { return ScrapeError(error.description) }
        return ScrapeError("\(method) \"\(url)\": \(TransportFailure.beforeAnswer(error, url))")
    }

    /// While the body came.
    static func inBody(_ error: any Error) -> ScrapeError { error as? ScrapeError ?? ScrapeError(TransportFailure.inBody(error)) }
}
