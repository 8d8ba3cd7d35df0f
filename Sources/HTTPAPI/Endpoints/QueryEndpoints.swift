import Model
import PromQL
import Runtime

/// `query`, `query_range` and what else has to do with expressions.
extension Endpoints {
    func instantQuery(_ call: APICall) async throws(APIError) -> APIResponse {
        let limit = try call.form.limit()
        let time = try call.form.time("time", default: clock.now())
        let query = call.form["query"]
        let resolution = try call.form.sourceResolution()
        return try await evaluate(call, AskedQuery(instant: query, at: time, resolution), limit) { [engine, source] options throws(QueryError) in
            try engine.instant(query, at: time, over: source, options)
        }
    }

    func rangeQuery(_ call: APICall) async throws(APIError) -> APIResponse {
        let limit = try call.form.limit()
        let range = try StepRange(call.form)
        let query = call.form["query"]
        let resolution = try call.form.sourceResolution()
        return try await evaluate(call, AskedQuery(range: query, range, resolution), limit) { [engine, source] options throws(QueryError) in
            try engine.range(query, from: range.from, through: range.through, step: range.step, over: source, options)
        } check: { [engine] () throws(APIError) in
            try Self.checkRangeType(query, engine)
        }
    }

    /// Runs the query and writes its answer, both on a query thread.
    private func evaluate(
        _ call: APICall, _ query: AskedQuery, _ limit: Int, _ ask: @escaping @Sendable (QueryOptions) throws(QueryError) -> QueryResult,
        check: @escaping @Sendable () throws(APIError) -> Void = {}
    ) async throws(APIError) -> APIResponse {
        let timeout = try call.form.duration("timeout")
        let lookback = try self.lookback(call.form)
        let wanted = call.form["stats"]
        return try await onQueryThread(call, limit: timeout, query: query, key: QuickQueries.Key(query)) { [clock, queryMetrics, source] job in
            try check()
            let damage = DamageWarnings(source)
            let began = clock.monotonic()
            var result = try ask(QueryOptions(lookback: lookback, stop: job.stop, meter: job.meter, resolution: query.resolution))
            let evaluated = clock.monotonic() - began
            try job.check()
            queryMetrics.samplesRead.increment(by: result.samplesRead)
            queryMetrics.evaluationTime.observe(Double(evaluated) / 1e9)
            if limit > 0, result.value.truncate(to: limit) { result.warnings.append(Self.truncated) }
            result.warnings += damage.texts
            var stats = QueryStatistics(queued: job.queued, evaluated: evaluated, samplesRead: result.samplesRead)
            job.note(stats)
            if wanted == "all" { stats.samplesByTier = result.samplesByTier }
            return Self.answer(result, stats: wanted.isEmpty ? nil : stats, call.request, job)
        }
    }

    /// A large answer is sent while it is written, unless it is to be compressed, which is done to the whole of it.
    private static func answer(_ result: QueryResult, stats: QueryStatistics?, _ request: APIRequest, _ job: QueryJob) -> APIResponse {
        let write: @Sendable (inout JSONWriter) -> Void = { json in
            json.success(warnings: result.warnings, infos: result.infos) { QueryResultJSON.append(result.value, stats: stats, to: &$0) }
        }
        let size = result.value.expectedSize
        if request.takesStreams, job.hasOwnThread, size > AnswerStream.pieceSize, !request.acceptsGzip {
            let stream = AnswerStream()
            job.afterwards {
                var json = JSONWriter(to: stream)
                write(&json)
                json.finish()
            }
            return .json(stream)
        }
        var json = JSONWriter(reserving: size)
        write(&json)
        return .json(json)
    }

    /// Milliseconds; nil for the engine's own.
    private func lookback(_ form: FormValues) throws(APIError) -> Int64? {
        guard !form["lookback_delta"].isEmpty else { return nil }
        do {
            let nanoseconds = try Parameters.duration(form["lookback_delta"])
            // As with Prometheus, nothing and less ask for the default.
            return nanoseconds > 0 ? max(1, nanoseconds / 1_000_000) : nil
        } catch {
            throw .badData("error parsing lookback delta duration: \(error.cause)")
        }
    }

    private static func checkRangeType(_ query: String, _ engine: Engine) throws(APIError) {
        let expr: Expr
        do { expr = try PromQLParser.parse(query, options: engine.options.features.syntax) } catch { throw .invalid("query", "\(error)") }
        guard expr.type == .scalar || expr.type == .vector else {
            let type = quoted(expr.type.documented)
            throw .invalid("query", "invalid expression type \(type) for range query, must be Scalar or instant Vector")
        }
    }

    func formatQuery(_ call: APICall) async throws(APIError) -> APIResponse {
        let expr = try expression(call)
        return .success { $0.string(expr.description) }
    }

    func parseQuery(_ call: APICall) async throws(APIError) -> APIResponse {
        let expr = try expression(call)
        return .success { ExpressionJSON.append(expr, to: &$0) }
    }

    private func expression(_ call: APICall) throws(APIError) -> Expr {
        do {
            return try PromQLParser.parse(call.form["query"], options: engine.options.features.syntax)
        } catch {
            throw .invalid("query", "\(error)")
        }
    }
}

/// The times of a range query, milliseconds.
struct StepRange: Sendable {
    let from: Timestamp
    let through: Timestamp
    let step: Int64

    /// More points a series than any screen has are refused.
    static let pointLimit: Int64 = 11_000

    init(from: Timestamp, through: Timestamp, step: Int64) {
        self.from = from
        self.through = through
        self.step = step
    }

    init(_ form: FormValues) throws(APIError) {
        from = try form.time("start")
        through = try form.time("end")
        guard through >= from else { throw .invalid("end", "end timestamp must not be before start time") }
        let nanoseconds = try form.requiredDuration("step")
        guard nanoseconds > 0 else {
            throw .invalid("step", "zero or negative query resolution step widths are not accepted. Try a positive integer")
        }
        step = max(1, nanoseconds / 1_000_000)
        let steps = (through - from) / step
        guard steps <= Self.pointLimit else {
            throw .badData(
                "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX): \(steps + 1) points are asked for"
            )
        }
    }
}

extension QueryValue {
    /// Keeps the first `limit` series; true if there were more.
    mutating func truncate(to limit: Int) -> Bool {
        switch self {
        case .vector(let samples) where samples.count > limit: self = .vector(Array(samples[..<limit]))
        case .matrix(let series) where series.count > limit: self = .matrix(Array(series[..<limit]))
        default: return false
        }
        return true
    }

    private static let histogramSize = 1024

    /// Bytes that the answer will need, roughly, so that its buffer need not grow often.
    var expectedSize: Int {
        switch self {
        case .scalar, .string: 1024
        case .vector(let samples): samples.reduce(1024) { $0 + ($1.histogram == nil ? 160 : Self.histogramSize) }
        case .matrix(let series):
            series.reduce(1024) { $0 + $1.labels.encoding.count + $1.times.count * 28 + $1.histograms.count * Self.histogramSize + 64 }
        }
    }
}
