/// A bucket of tokens, one a request, that fills at an even pace. Times are monotonic nanoseconds. Not for several threads.
struct RateLimiter: Sendable {
    private var limit: WebConfiguration.RateLimit?
    private var tokens = 0.0
    private var last: Int64 = 0

    /// Goes on with the bucket of before where the limit has not changed.
    mutating func set(_ limit: WebConfiguration.RateLimit?, now: Int64) {
        guard limit != self.limit else { return }
        self.limit = limit
        tokens = Double(limit?.burst ?? 0)
        last = now
    }

    /// Whether a request may go on. An interval of 0 is no limit, and one below lets all through, as in Prometheus.
    mutating func allows(now: Int64) -> Bool {
        guard let limit, limit.interval > 0 else { return true }
        tokens = min(Double(limit.burst), tokens + Double(now - last) / Double(limit.interval))
        last = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
