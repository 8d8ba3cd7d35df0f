import Model
import PromQL
import Runtime
import Synchronization

/// Runs queries on threads of their own, each with a deadline, so that neither a slow one nor many stop the server from answering.
final class QueryRunner: Sendable {
    let active = ActiveQueries()
    private let quick = QuickQueries()
    private let pool: WorkerPool
    private let deadlines = TimerThread(name: "deadlines")
    private let clock: any Clock
    private let log: (any QueryLog)?
    private let concurrency: Int
    private let maxWaiting: Int
    /// Milliseconds.
    private let timeout: Int64
    private let metrics: QueryMetrics
    private let lastID = Atomic<UInt64>(0)
    /// Jobs that have a thread, or a place in the queue, which one that has ended keeps until it is its turn.
    private let held = Atomic<Int>(0)

    init(_ options: HTTPServerOptions, clock: any Clock, metrics: QueryMetrics, log: (any QueryLog)? = nil) {
        self.log = log
        concurrency = max(1, options.maxConcurrency)
        maxWaiting = max(0, options.maxWaiting)
        pool = WorkerPool(name: "query", threads: concurrency, queueLimit: .max)
        self.clock = clock
        timeout = options.queryTimeout
        self.metrics = metrics
        metrics.concurrencyLimit.set(Double(concurrency))
    }

    /// Runs `body` on a query thread, or at once if it has been quick of late. It must look at `job.stop`, which is set off when time is up, the
    /// client hangs up, or an administrator says so.
    ///
    /// - Parameters:
    ///   - limit: nanoseconds; may only shorten the server's own limit.
    ///   - query: what is asked, if it is to be listed.
    ///   - key: what its cost is remembered by; nil for what must not run on the caller's thread.
    /// - Throws: what `body` throws, why the job was ended, or that too many queries are waiting.
    func run<Answer: Sendable>(
        limit: Int64? = nil, for request: APIRequest, query: AskedQuery? = nil, key: QuickQueries.Key? = nil,
        _ body: @escaping @Sendable (QueryJob) throws -> Answer
    ) async throws(APIError) -> Answer {
        let others = held.add(1, ordering: .relaxed).oldValue
        guard others < concurrency + maxWaiting else {
            held.subtract(1, ordering: .relaxed)
            throw tooMany
        }
        let allowed = min(limit ?? .max, timeout * 1_000_000)
        if others < concurrency, let key, allowed > QuickQueries.patience, quick.isQuick(key) {
            if let outcome = answerAtOnce(request, query, key, body) { return try outcome.get() }
        }
        let job = QueryJob(id: lastID.add(1, ordering: .relaxed).newValue, client: request.client, query: query, clock: clock)
        enter(job)
        defer {
            request.hangUp.watch(nil)
            if !job.goesOn { leave(job) }
        }
        let isLate = QueryEnding.timeout(allowed, ofRequest: allowed < timeout * 1_000_000)
        let outcome = await withCheckedContinuation { (continuation: CheckedContinuation<Result<Answer, APIError>, Never>) in
            job.wait(orEnd: { continuation.resume(returning: .failure($0)) }, already: allowed <= 0 ? isLate : nil)
            let deadline = allowed > 0 ? deadlines.set(after: allowed) { job.end(isLate) } : nil
            request.hangUp.watch(job)
            pool.submit { [self] in
                if let outcome = perform(job, key, body) { continuation.resume(returning: outcome) }
                if job.goesOn {
                    job.doTheRest()
                    leave(job)
                }
                if let deadline { deadlines.cancel(deadline) }
                held.subtract(1, ordering: .relaxed)
            }
        }
        write(job, request, outcome)
        return try outcome.get()
    }

    /// Runs `body` on the caller's thread, which cannot notice a hang-up meanwhile. Nil if that takes longer than expected: it is to be begun anew
    /// on a thread of its own.
    private func answerAtOnce<Answer>(
        _ request: APIRequest, _ query: AskedQuery?, _ key: QuickQueries.Key, _ body: (QueryJob) throws -> Answer
    ) -> Result<Answer, APIError>? {
        let job = QueryJob(
            id: lastID.add(1, ordering: .relaxed).newValue, client: request.client, query: query, patience: QuickQueries.patience, clock: clock)
        job.wait(orEnd: { _ in })
        enter(job)
        defer { leave(job) }
        let outcome = perform(job, key, body)
        if case .failure = outcome, job.isOutOfPatience(at: clock.monotonic()), job.state != .ending { return nil }
        held.subtract(1, ordering: .relaxed)
        if let outcome { write(job, request, outcome) }
        return outcome
    }

    private func enter(_ job: QueryJob) {
        if job.query != nil { active.add(job) }
        metrics.running.add(1)
    }

    private func leave(_ job: QueryJob) {
        if job.query != nil { active.remove(job) }
        metrics.running.add(-1)
    }

    /// Nil if the job was ended before, and answered then.
    private func perform<Answer>(
        _ job: QueryJob, _ key: QuickQueries.Key?, _ body: (QueryJob) throws -> Answer
    ) -> Result<Answer, APIError>? {
        let began = clock.monotonic()
        guard job.begin(at: began) else { return nil }
        metrics.queueTime.observe(Double(job.queued) / 1e9)
        defer { if let key { quick.note(key, cost: clock.monotonic() - began) } }
        do {
            return .success(try body(job))
        } catch {
            return .failure(job.told(error))
        }
    }

    /// Writes the query log. What could not even be read is no query yet, as in Prometheus.
    private func write<Answer>(_ job: QueryJob, _ request: APIRequest, _ outcome: Result<Answer, APIError>) {
        guard let query = job.query, let log, log.isOn else { return }
        var message: String?
        if case .failure(let error) = outcome {
            guard error.kind != .badData else { return }
            message = error.message
        }
        let line = QueryLogLine(query: query, origin: .request(request), statistics: job.statistics, error: message)
        log.append(line.bytes(at: clock.now()))
    }

    private var tooMany: APIError {
        APIError(
            .timeout,
            "too many queries: \(concurrency) are running and \(maxWaiting) are waiting, which are the limits (--query.max-concurrency, --query.max-waiting)"
        )
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
