import Model
import PromQL
import Runtime

/// Runs queries on threads of their own, each with a deadline, so that neither a slow one nor many stop the server from answering.
final class QueryRunner: Sendable {
    private let pool: WorkerPool
    private let deadlines = TimerThread(name: "deadlines")
    private let clock: any Clock
    /// Milliseconds.
    private let timeout: Int64
    private let metrics: QueryMetrics

    init(_ options: HTTPServerOptions, clock: any Clock, metrics: QueryMetrics) {
        pool = WorkerPool(name: "query", threads: max(1, options.maxConcurrency), queueLimit: options.maxWaiting)
        self.clock = clock
        timeout = options.queryTimeout
        self.metrics = metrics
        metrics.concurrencyLimit.set(Double(max(1, options.maxConcurrency)))
    }

    /// What a job on a query thread may know of itself.
    struct Job: Sendable {
        let stop: StopSignal
        /// Nanoseconds spent waiting for the thread.
        let queued: Int64
    }

    /// Runs `body` on a query thread. It must look at `job.stop`, which is set off when time is up or the client hangs up.
    ///
    /// - Parameter limit: nanoseconds; may only shorten the server's own limit.
    /// - Throws: what `body` throws, or that too many queries are waiting.
    func run<Answer: Sendable>(
        limit: Int64? = nil, hangUp: HangUp, _ body: @escaping @Sendable (Job) throws -> Answer
    ) async throws(APIError) -> Answer {
        let stop = StopSignal()
        let allowed = min(limit ?? .max, timeout * 1_000_000)
        if allowed <= 0 { stop.expire() }
        hangUp.watch(stop)
        let deadline = deadlines.set(after: allowed) { stop.expire() }
        metrics.running.add(1)
        defer {
            deadlines.cancel(deadline)
            hangUp.watch(nil)
            metrics.running.add(-1)
        }
        let asked = clock.monotonic()
        do {
            return try await pool.run { [clock, metrics] in
                let queued = clock.monotonic() - asked
                metrics.queueTime.observe(Double(queued) / 1e9)
                return try body(Job(stop: stop, queued: queued))
            }
        } catch {
            throw Self.told(error)
        }
    }

    private static func told(_ error: any Error) -> APIError {
        switch error {
        case let error as APIError: error
        case let error as QueryError: APIError(error)
        case let error as WorkerPool.Full: APIError(.timeout, "too many queries are waiting: \(error)")
        default: APIError(.internal, "\(error)")
        }
    }
}

/// What the server counts of its queries.
final class QueryMetrics: Sendable {
    let running: Gauge
    let concurrencyLimit: Gauge
    let samplesRead: Counter
    let queueTime: Runtime.Histogram
    let evaluationTime: Runtime.Histogram

    init(_ registry: MetricsRegistry) {
        running = registry.gauge("prometheus_engine_queries", help: "Queries being executed or waiting.")
        concurrencyLimit = registry.gauge("prometheus_engine_queries_concurrent_max", help: "The most queries that run at the same time.")
        samplesRead = registry.counter("prometheus_engine_query_samples_total", help: "Samples loaded by all queries.")
        let bounds = [0.0001, 0.001, 0.01, 0.1, 1, 10, 100]
        func duration(_ slice: String) -> Runtime.Histogram {
            registry.histogram(
                "prometheus_engine_query_duration_histogram_seconds", help: "Query timings, by slice of the work.", bounds: bounds,
                labels: [MetricLabel("slice", slice)])
        }
        queueTime = duration("queue_time")
        evaluationTime = duration("inner_eval")
    }
}
