import Model
import Runtime
import Synchronization
import TSDB

@testable import Scraping

/// A manager with everything around it simulated but the head.
final class SimulatedServer: Sendable {
    static let start: Timestamp = 1_000_000

    let time = SimulatedTime(startingAt: SimulatedServer.start)
    let transport = FakeTransport()
    let head: Head
    let registry = MetricsRegistry()
    let counters: ScrapeCounters
    let intake: HeadIntake
    let failures = RecordedFailures()
    let manager: ScrapeManager

    /// The first target of `job` is scraped when the interval begins, the others when their names say.
    /// With `keeping`, so many bytes of pages are kept until `intake` is opened.
    init(aligning job: ScrapeConfiguration = .simulated(), queueLimit: Int = 100, keeping: Int? = nil, report: @escaping Reporter = { _ in }) {
        counters = ScrapeCounters(registry) { [time] in time.monotonic() }
        head = Head(options: HeadOptions(), clock: time)
        intake = keeping.map(HeadIntake.init(limit:)) ?? HeadIntake(head)
        manager = ScrapeManager(
            ScrapeEnvironment(
                intake: intake, transport: transport, clock: time, sleeper: time,
                workers: WorkerPool(name: "test", threads: 1, queueLimit: queueLimit),
                counters: counters, offsetSeed: Self.seed(aligning: job), report: report, failures: failures))
    }

    private static func seed(aligning job: ScrapeConfiguration) -> UInt64 {
        for group in job.discovery.staticGroups {
            for case .target(let target) in TargetBuilder(job: job).build(group).outcomes {
                return StableHash.fnv1a(target.url, seed: target.allLabels.stableHash)
            }
        }
        return 0
    }

    /// Lets the next scrape (or end of a target) happen, and waits until `count` loops sleep again.
    func tick(late: Int64 = 0, sleeping count: Int = 1) async {
        time.wakeNext(late: late)
        await time.settle(count)
    }

    /// What is stored, times counted from the start, without `job`.
    func lines(reports: Bool = false) throws -> [String] {
        try head.lines(hiding: ["job"], since: Self.start) { $0.isReport == reports }
    }

    func up() throws -> [String] { try lines(reports: true).filter { $0.hasPrefix("up{") } }
}

extension ScrapeConfiguration {
    /// A job of these addresses, scraped every ten seconds.
    static func simulated(_ addresses: [String] = ["h:1"], change: (inout ScrapeConfiguration) -> Void = { _ in }) -> ScrapeConfiguration {
        var job = ScrapeConfiguration(jobName: "j")
        job.interval = 10_000
        job.timeout = 5000
        job.discovery.staticGroups = [
            TargetGroup(source: "0", targets: addresses.map { Labels([(name: TargetGroup.addressLabel, value: $0)]) })
        ]
        change(&job)
        return job
    }
}

/// Keeps the failed scrapes that it is told of.
final class RecordedFailures: FailureLog {
    private let kept = Mutex<[ScrapeFailure]>([])

    var lines: [String] { kept.withLock { $0.map { "\($0.job) \($0.target) \($0.error) @\($0.time - SimulatedServer.start)" } } }

    func log(_ failure: ScrapeFailure) { kept.withLock { $0.append(failure) } }
}
