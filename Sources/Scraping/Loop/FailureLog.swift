public import Model

/// A scrape that has failed.
public struct ScrapeFailure: Sendable {
    public let job: String
    /// The target's URL.
    public let target: String
    public let error: String
    public let time: Timestamp

    public init(job: String, target: String, error: String, time: Timestamp) {
        self.job = job
        self.target = target
        self.error = error
        self.time = time
    }
}

/// Takes what is to be logged of failed scrapes beside the server's own log (`scrape_failure_log_file`).
public protocol FailureLog: Sendable {
    /// Returns at once, whatever becomes of it.
    func log(_ failure: ScrapeFailure)
}
