import Catalog
import Foundation
import Model
import Notifier
import Runtime
import TSDB

/// What records cost: those who hand them over, the catalog's thread, the disk.
@main
struct CatalogBenchmark {
    static func main() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-benchmark-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var options = CatalogOptions()
        options.queueLimit = 1_000_000
        let clock = SystemClock()
        let catalog = try Catalog(folder, options, files: RealFileSystem(), clock: clock, registry: MetricsRegistry()) { _ in }
        let count = 50_000
        let records = (0..<count).map(transition)
        let began = clock.monotonic()
        var slowest: Int64 = 0
        for record in records {
            let start = clock.monotonic()
            catalog.recorder.record(record)
            slowest = max(slowest, clock.monotonic() - start)
        }
        let handed = clock.monotonic()
        catalog.flush()
        let written = clock.monotonic()
        tell("handing over", handed - began, count)
        print("the slowest of these calls: \(Double(slowest) / 1000) µs")
        tell("writing, in batches", written - began, count)
        let size = try ["catalog.sqlite", "catalog.sqlite-wal"].reduce(0) { try $0 + RealFileSystem().open(folder + "/" + $1, .read).size() }

        let single = 500
        let start = clock.monotonic()
        for number in 0..<single {
            catalog.recorder.record(transition(number))
            catalog.flush()
        }
        tell("writing, one at a time and synced", clock.monotonic() - start, single)
        let verifying = clock.monotonic()
        let verification = try catalog.verify()
        tell("verifying", clock.monotonic() - verifying, verification.records)
        let asking = clock.monotonic()
        var query = RecordQuery(kinds: [.transition], limit: 100)
        query.selectors = [[Matcher(name: "instance", equals: "host-7:9100")]]
        let found = try catalog.records(query).records.count
        print("a page of \(found) by a matcher, of \(verification.records): \(Double(clock.monotonic() - asking) / 1e6) ms")
        catalog.close()
        let closed = try RealFileSystem().open(folder + "/catalog.sqlite", .read).size()
        let perThousand = (size / (count / 1000), closed * 1000 / (count + single))
        print("bytes per 1,000 records: \(perThousand.0) with the write-ahead file, \(perThousand.1) closed")
    }

    private static func tell(_ what: String, _ nanoseconds: Int64, _ count: Int) {
        print("\(what): \(Double(nanoseconds / Int64(count)) / 1000) µs a record")
    }

    /// As a rule with a few labels and two annotations gives it.
    private static func transition(_ number: Int) -> RecordEntry {
        let labels = Labels([
            (name: "alertname", value: "HighLatency"), (name: "instance", value: "host-\(number % 200):9100"), (name: "job", value: "node"),
            (name: "severity", value: "warning"),
        ])
        let annotations = [
            Label("summary", "requests of host-\(number % 200) are slow"), Label("runbook_url", "https://example.org/runbooks/latency"),
        ]
        let isFiring = number / 200 % 2 == 0
        return .transition(
            TransitionRecord(
                time: 1_795_478_400_000 + Int64(number) * 1000, group: "latency", file: "rules/latency.yml", labels: labels, annotations: annotations,
                from: isFiring ? .pending : .firing, to: isFiring ? .firing : .inactive, activeAt: 1_795_478_400_000, value: 0.25))
    }
}
