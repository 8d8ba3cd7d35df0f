import Model
import Runtime
import Scraping
import Synchronization
import TSDB

/// The files that jobs log their failed scrapes to, a JSON object a line with Prometheus's members.
final class ScrapeFailureFiles: FailureLog {
    /// The files of a configuration, open.
    struct Opened {
        fileprivate var files: [String: any File] = [:]
        /// By job.
        fileprivate var paths: [String: String] = [:]
    }

    /// Why a job's file cannot be opened.
    struct CannotOpen: Error, CustomStringConvertible {
        let job: String
        let error: FileError
        var description: String { "scrape_failure_log_file of job \(quoted(job)) cannot be opened: \(error)" }
    }

    private struct State {
        var logs: [String: LineFile] = [:]
        var paths: [String: String] = [:]
    }

    private let files: any FileSystem
    private let failures: Counter
    private let timer = TimerThread(name: "failure log")
    private let state = Mutex(State())

    init(_ files: any FileSystem, _ registry: MetricsRegistry) {
        self.files = files
        failures = registry.counter(
            "martlet_scrape_failure_log_failures_total", help: "Lines of scrape_failure_log_file that could not be written.")
    }

    /// Opens the files of a configuration that is to come into force.
    func open(_ jobs: [ScrapeConfiguration]) throws(CannotOpen) -> Opened {
        var opened = Opened()
        for job in jobs {
            guard let path = job.failureLogFile, !path.isEmpty else { continue }
            opened.paths[job.jobName] = path
            guard opened.files[path] == nil else { continue }
            do { opened.files[path] = try files.open(path, .append) } catch { throw CannotOpen(job: job.jobName, error: error) }
        }
        return opened
    }

    /// Logs to these from now on. What was logged before is in the files of before when this returns.
    func use(_ opened: Opened) {
        let (known, gone) = state.withLock { state in
            let gone = state.logs.filter { opened.files[$0.key] == nil }
            for path in opened.files.keys where state.logs[path] == nil { state.logs[path] = LineFile(timer, failures: failures) }
            for path in gone.keys { state.logs[path] = nil }
            state.paths = opened.paths
            return (state.logs, gone)
        }
        for (path, file) in opened.files { known[path]?.use(file) }
        for log in gone.values { log.use(nil) }
    }

    func log(_ failure: ScrapeFailure) {
        let log = state.withLock { state in state.paths[failure.job].flatMap { state.logs[$0] } }
        log?.append(Self.line(failure))
    }

    private static func line(_ failure: ScrapeFailure) -> [UInt8] {
        let members: [(String, String)] = [
            ("time", RFC3339.format(failure.time)), ("level", "ERROR"), ("source", "scrape"), ("msg", failure.error), ("job_name", failure.job),
            ("target", failure.target),
        ]
        return JSONValue.object(members.map { JSONValue.Member($0, .string($1)) }).compact + [UInt8(ascii: "\n")]
    }
}
