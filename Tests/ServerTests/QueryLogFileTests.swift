import Glibc
import Runtime
import TSDB
import TestKit
import Testing

@testable import Server

struct QueryLogFileTests {
    @Test func linesThatCannotBeWrittenAreCountedAndLaterOnesAreWritten() throws {
        let files = MemoryFileSystem()
        try files.makeLastingFolder("data")
        let registry = MetricsRegistry()
        let log = QueryLogFile(files, registry)
        log.use(try log.open("data/queries.log"))
        func write(_ lines: [String]) {
            for line in lines { log.append(Array((line + "\n").utf8)) }
            log.flush()
        }
        write(["first"])
        #expect(failures(registry) == 0)
        files.failCall(files.calls + 1, with: ENOSPC)
        write(["lost", "lost too"])
        #expect(failures(registry) == 2)
        write(["last"])
        #expect(failures(registry) == 2)
        // Of a write that failed a part may be there; what comes later begins on a line of its own.
        let text = String(decoding: files.contents("data/queries.log"), as: UTF8.self)
        #expect(text.hasPrefix("first\n") && text.hasSuffix("\nlast\n"), "\(text)")
    }

    private func failures(_ registry: MetricsRegistry) -> Double? {
        let family = registry.snapshot().first { $0.name == "prometheus_engine_query_log_failures_total" }
        guard case .number(let count)? = family?.points.first?.value else { return nil }
        return count
    }
}
