import Glibc
import Runtime
import Scraping
import TSDB
import TestKit
import Testing

@testable import Server

struct ScrapeFailureFilesTests {
    private static func job(_ name: String, _ path: String?) -> ScrapeConfiguration {
        var job = ScrapeConfiguration(jobName: name)
        job.failureLogFile = path
        return job
    }

    private static func failure(_ job: String, _ error: String = "connection refused") -> ScrapeFailure {
        ScrapeFailure(job: job, target: "http://h:1/metrics", error: error, time: 1_700_000_000_123)
    }

    private static func text(_ files: MemoryFileSystem, _ path: String) -> String { String(decoding: files.contents(path), as: UTF8.self) }

    private static func folder() throws -> MemoryFileSystem {
        let files = MemoryFileSystem()
        try files.makeLastingFolder("logs")
        return files
    }

    @Test func eachJobHasItsFile() throws {
        let files = try Self.folder()
        let logs = ScrapeFailureFiles(files, MetricsRegistry())
        logs.use(try logs.open([Self.job("a b", "logs/one"), Self.job("b", "logs/one"), Self.job("c", "logs/two"), Self.job("d", nil)]))
        logs.log(Self.failure("a b", "Get \"http://h:1/metrics\": line\n2"))
        for job in ["b", "c", "d", "unknown"] { logs.log(Self.failure(job)) }
        // All is in the files when they are left.
        logs.use(ScrapeFailureFiles.Opened())
        let lines = Self.text(files, "logs/one").split(separator: "\n")
        #expect(
            lines.first
                == #"{"time":"2023-11-14T22:13:20.123Z","level":"ERROR","source":"scrape","msg":"Get \"http://h:1/metrics\": line\n2","job_name":"a b","target":"http://h:1/metrics"}"#
        )
        #expect(lines.count == 2 && lines[1].contains(#""job_name":"b""#))
        #expect(Self.text(files, "logs/two").split(separator: "\n").count == 1)
    }

    @Test func filesChangeWithTheConfiguration() throws {
        let files = try Self.folder()
        let logs = ScrapeFailureFiles(files, MetricsRegistry())
        logs.use(try logs.open([Self.job("a", "logs/one")]))
        logs.log(Self.failure("a"))
        logs.use(try logs.open([Self.job("a", "logs/two")]))
        logs.log(Self.failure("a"))
        logs.use(try logs.open([Self.job("a", "logs/two")]))
        logs.log(Self.failure("a"))
        logs.use(ScrapeFailureFiles.Opened())
        #expect(Self.text(files, "logs/one").split(separator: "\n").count == 1)
        #expect(Self.text(files, "logs/two").split(separator: "\n").count == 2)
    }

    @Test func aFullDiskLosesLinesAndNothingElse() throws {
        let files = try Self.folder()
        let registry = MetricsRegistry()
        let logs = ScrapeFailureFiles(files, registry)
        logs.use(try logs.open([Self.job("a", "logs/one")]))
        files.failCall(files.calls + 1, with: ENOSPC)
        logs.log(Self.failure("a"))
        logs.use(ScrapeFailureFiles.Opened())
        let family = registry.snapshot().first { $0.name == "martlet_scrape_failure_log_failures_total" }
        guard case .number(let count)? = family?.points.first?.value else {
            Issue.record("there is no such counter")
            return
        }
        #expect(count == 1)
    }

    @Test func aFileThatCannotBeOpenedIsTold() throws {
        let logs = ScrapeFailureFiles(try Self.folder(), MetricsRegistry())
        do {
            _ = try logs.open([Self.job("a", "none/one")])
            Issue.record("a file is open in a folder that is not there")
        } catch {
            #expect(error.description.hasPrefix("scrape_failure_log_file of job \"a\" cannot be opened: "))
        }
    }
}
