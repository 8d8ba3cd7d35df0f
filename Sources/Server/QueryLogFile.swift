import HTTPAPI
import Runtime
import TSDB

/// The query log on disk: one line a query.
final class QueryLogFile: QueryLog {
    private let files: any FileSystem
    private let lines: LineFile
    private let enabled: Gauge

    init(_ files: any FileSystem, _ registry: MetricsRegistry) {
        self.files = files
        enabled = registry.gauge("prometheus_engine_query_log_enabled", help: "Whether queries are logged.")
        lines = LineFile(
            TimerThread(name: "query log"),
            failures: registry.counter("prometheus_engine_query_log_failures_total", help: "Query log lines that could not be written."))
    }

    var isOn: Bool { enabled.value > 0 }

    /// Opens the file of a configuration that is to come into force; nil: queries are not logged.
    func open(_ path: String?) throws(FileError) -> (any File)? {
        guard let path else { return nil }
        return try files.open(path, .append)
    }

    /// Logs to `file` from now on. What was logged before is in the file of before when this returns.
    func use(_ file: (any File)?) {
        lines.use(file)
        enabled.set(file == nil ? 0 : 1)
    }

    func append(_ line: [UInt8]) { lines.append(line) }

    /// Writes what waits.
    func flush() { lines.flush() }
}
