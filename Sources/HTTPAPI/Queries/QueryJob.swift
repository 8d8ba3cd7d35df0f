import Model
import PromQL
import Runtime
import Synchronization

/// What a client wants to know, for those who look at the queries.
struct AskedQuery: Sendable {
    enum Kind: String {
        case instant
        case range
    }

    let kind: Kind
    let text: String
    let from: Timestamp
    let through: Timestamp
    /// Milliseconds; 0 for an instant query.
    let step: Int64
    let resolution: SourceResolution

    init(instant text: String, at time: Timestamp, _ resolution: SourceResolution = .finest) {
        (kind, self.text, from, through, step, self.resolution) = (.instant, text, time, time, 0, resolution)
    }

    init(range text: String, _ range: StepRange, _ resolution: SourceResolution = .finest) {
        (kind, self.text, from, through, step, self.resolution) = (.range, text, range.from, range.through, range.step, resolution)
    }
}

/// Work for a query thread, or for the caller's if it is quick, from when it is asked for until it is done.
final class QueryJob: Sendable {
    enum State: String {
        case queued
        case running
        /// Told to end, which it does at the next series.
        case ending
    }

    private enum Stage {
        /// Waiting for a thread; with what answers if the job ends before it has one.
        case queued(@Sendable (APIError) -> Void)
        case running
        case over
    }

    private struct Course {
        var stage = Stage.over
        var ending: QueryEnding?
        /// Nanoseconds spent waiting for a thread.
        var queued: Int64 = 0
        var statistics: QueryStatistics?
        var goesOn = false
        var rest: (@Sendable () -> Void)?
    }

    let id: UInt64
    let client: String
    /// Nil for a job that is no query.
    let query: AskedQuery?
    /// Nanoseconds by the monotonic clock after which it gives up, if it works on the caller's thread; nil: it has its own.
    private let patience: Int64?
    /// By the wall clock, and by the one that never goes back, in nanoseconds.
    let started: (time: Timestamp, monotonic: Int64)
    let stop: StopSignal
    let meter = QueryMeter()
    private let course = Mutex(Course())

    init(id: UInt64, client: String, query: AskedQuery?, patience: Int64? = nil, clock: any Clock) {
        self.id = id
        self.client = client
        self.query = query
        let now = clock.monotonic()
        started = (clock.now(), now)
        let end = patience.map { now + $0 }
        self.patience = end
        if let end { stop = StopSignal { clock.monotonic() > end } } else { stop = StopSignal() }
    }

    var hasOwnThread: Bool { patience == nil }

    /// Whether it has taken longer than it may on the caller's thread.
    func isOutOfPatience(at now: Int64) -> Bool { patience.map { now > $0 } ?? false }

    var queued: Int64 { course.withLock { $0.queued } }

    /// What it has cost so far as it has said, at the least how long it has waited.
    var statistics: QueryStatistics {
        course.withLock { $0.statistics ?? QueryStatistics(queued: $0.queued, evaluated: 0, samplesRead: 0) }
    }

    func note(_ statistics: QueryStatistics) { course.withLock { $0.statistics = statistics } }

    /// What is left to do on the same thread once the answer has been handed over: writing, which is let to its end.
    func afterwards(_ rest: @escaping @Sendable () -> Void) {
        course.withLock { course in
            course.goesOn = true
            course.rest = rest
        }
    }

    /// Whether the query is not over with the answer.
    var goesOn: Bool { course.withLock { $0.goesOn } }

    func doTheRest() { course.withLock { $0.rest.take() }?() }

    var state: State {
        course.withLock { course in
            if course.ending != nil { return .ending }
            if case .queued = course.stage { return .queued }
            return .running
        }
    }

    /// - Parameters:
    ///   - giveUp: called at most once, with the reason, if the job ends while it waits.
    ///   - ending: why it is over already, which it finds out when it looks for the first time.
    func wait(orEnd giveUp: @escaping @Sendable (APIError) -> Void, already ending: QueryEnding? = nil) {
        course.withLock { $0 = Course(stage: .queued(giveUp), ending: ending) }
        if let ending { ending.apply(to: stop) }
    }

    /// A thread is there. False if the job has ended while it waited.
    func begin(at now: Int64) -> Bool {
        course.withLock { course in
            guard case .queued = course.stage else { return false }
            course.stage = .running
            course.queued = now - started.monotonic
            return true
        }
    }

    /// Ends it, from any thread. The first reason counts.
    func end(_ ending: QueryEnding) {
        let giveUp: (@Sendable (APIError) -> Void)? = course.withLock { course in
            guard course.ending == nil else { return nil }
            course.ending = ending
            guard case .queued(let giveUp) = course.stage else { return nil }
            course.stage = .over
            return giveUp
        }
        ending.apply(to: stop)
        giveUp?(ending.error(in: "query queue"))
    }

    /// Throws if it was ended, which a query that reads no series does not notice.
    func check() throws(APIError) {
        if let ending = course.withLock({ $0.ending }) { throw ending.error(in: "query execution") }
    }

    /// An error of the job's, as the API tells it.
    func told(_ error: any Error) -> APIError {
        switch error {
        case let error as APIError: return error
        case QueryError.canceled, QueryError.timeout:
            if let ending = course.withLock({ $0.ending }) { return ending.error(in: "query execution") }
        default: break
        }
        return (error as? QueryError).map { APIError($0) } ?? APIError(.internal, "\(error)")
    }
}

/// Why a query is not let to its end.
struct QueryEnding: Sendable {
    private let isTimeout: Bool
    private let reason: String

    static let clientGone = QueryEnding(isTimeout: false, reason: "the client has gone")
    static let administrator = QueryEnding(isTimeout: false, reason: "it was ended by an administrator")

    /// - Parameter limit: nanoseconds.
    static func timeout(_ limit: Int64, ofRequest: Bool) -> QueryEnding {
        let seconds = FloatFormat.plain(Double(limit) / 1e9)
        return QueryEnding(isTimeout: true, reason: "the limit is \(seconds)s, \(ofRequest ? "by the request's timeout" : "by --query.timeout")")
    }

    fileprivate func apply(to stop: StopSignal) {
        if isTimeout { stop.expire() } else { stop.cancel() }
    }

    /// In Prometheus's words, and then why.
    fileprivate func error(in place: String) -> APIError {
        isTimeout ? APIError(.timeout, "query timed out in \(place): \(reason)") : APIError(.canceled, "query was canceled in \(place): \(reason)")
    }
}
