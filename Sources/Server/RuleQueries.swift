import HTTPAPI
import Model
import PromQL
import Rules
import Runtime
import TSDB

/// Answers rules' queries, each within the time that every query has, and logs them like others, in the form in which rules are shown.
struct RuleQueries: RuleQuerier {
    private let engine: Engine
    private let source: any SeriesSource
    private let timeout: Int64
    private let log: any QueryLog
    private let clock: any Clock
    private let timer = TimerThread(name: "rule-timeout")

    /// - Parameter timeout: in milliseconds.
    init(_ engine: Engine, over source: any SeriesSource, within timeout: Int64, _ log: any QueryLog, _ clock: any Clock) {
        self.engine = engine
        self.source = source
        self.timeout = timeout
        self.log = log
        self.clock = clock
    }

    func instant(_ query: PreparedQuery, at time: Timestamp, for rule: RuleOrigin, stop: StopSignal) throws(QueryError) -> QueryResult {
        try logged({ query.expr.description }, time, rule) { () throws(QueryError) in
            try timed(stop) { (options) throws(QueryError) in try engine.instant(query, at: time, over: source, options) }
        }
    }

    func instant(_ text: String, at time: Timestamp, for rule: RuleOrigin, stop: StopSignal) throws(QueryError) -> QueryResult {
        try logged({ text }, time, rule) { () throws(QueryError) in
            try timed(stop) { (options) throws(QueryError) in try engine.instant(text, at: time, over: source, options) }
        }
    }

    private func timed(_ stop: StopSignal, _ body: (QueryOptions) throws(QueryError) -> QueryResult) throws(QueryError) -> QueryResult {
        let signal = StopSignal(partOf: stop)
        let alarm = timer.set(after: timeout * 1_000_000) { signal.expire() }
        defer { timer.cancel(alarm) }
        return try body(QueryOptions(stop: signal))
    }

    private func logged(
        _ query: () -> String, _ time: Timestamp, _ rule: RuleOrigin, _ body: () throws(QueryError) -> QueryResult
    ) throws(QueryError) -> QueryResult {
        guard log.isOn else { return try body() }
        let began = clock.monotonic()
        func write(_ samplesRead: Int, _ error: QueryError?) {
            RuleQueryRecord(
                query(), at: time, file: rule.file, group: rule.group, evaluated: clock.monotonic() - began, samplesRead: samplesRead,
                error: error?.description
            ).append(to: log, at: clock.now())
        }
        do {
            let result = try body()
            write(result.samplesRead, nil)
            return result
        } catch {
            // What a template asks and cannot even be read is no query yet.
            if case .parse = error { throw error }
            write(0, error)
            throw error
        }
    }
}
