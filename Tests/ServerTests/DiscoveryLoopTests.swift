import Foundation
import Logging
import Model
import Runtime
import Scraping
import Synchronization
import Testing

@testable import Server

@Suite("Discovery", .timeLimit(.minutes(1)))
struct DiscoveryLoopTests {
    /// Names of a test's making; a name that is not there cannot be looked up.
    final class Names: DNSResolver {
        let known = Mutex<[String: [DNSRecord]]>([:])
        let asked = Counter()

        func lookUp(_ name: String, _ type: DNSRecordType) throws(DNSError) -> [DNSRecord] {
            asked.increment()
            // An empty answer is read with an error.
            if let records = known.withLock({ $0[name] }) { return records }
            return try DNSMessage.records(type, in: [])
        }
    }

    /// Services of a test's making, by their addresses; one that is not there answers 404.
    final class Services: DiscoveryClient {
        let known = Mutex<[String: String]>([:])
        let asked = Counter()

        func get(_ request: DiscoveryRequest) async throws -> DiscoveryAnswer {
            asked.increment()
            guard let body = known.withLock({ $0[request.url] }) else { return DiscoveryAnswer(status: 404, body: []) }
            return DiscoveryAnswer(status: 200, headers: [("Content-Type", "application/json")], body: Array(body.utf8))
        }
    }

    /// Counts what is logged.
    struct CountingHandler: LogHandler {
        let count: Counter
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { count.increment() }
    }

    final class StillClock: Clock {
        private let nanoseconds = Atomic<Int64>(0)

        func now() -> Timestamp { monotonic() / 1_000_000 }
        func monotonic() -> Int64 { nanoseconds.load(ordering: .relaxed) }
        func move(seconds: Int64) { nanoseconds.add(seconds * 1_000_000_000, ordering: .relaxed) }
    }

    /// What sections were handed, the addresses of each as one text.
    final class Sections: Sendable {
        private let all = Mutex<[String: [String]]>([:])

        func take(_ groups: [TargetGroup], _ section: String) {
            let addresses = groups.flatMap(\.targets).map { $0["__address__"] ?? "" }.joined(separator: " ")
            all.withLock { $0[section, default: []].append(addresses) }
        }

        func last(_ section: String) -> String? { all.withLock { $0[section]?.last } }
        func count(_ section: String) -> Int { all.withLock { $0[section]?.count ?? 0 } }
    }

    private let names = Names()
    private let services = Services()
    private let logged = Counter()
    private let clock = StillClock()
    private let sections = Sections()
    private let registry = MetricsRegistry()
    private let loop: DiscoveryLoop

    init() {
        let sections = sections
        let logged = logged
        let logger = Logger(label: "test") { _ in CountingHandler(count: logged) }
        loop = DiscoveryLoop(NameLookups(names, registry), DiscoveryPolls(services, clock, registry), clock, logger) { groups, section in
            sections.take(groups, section)
            return []
        }
        loop.register(registry, as: "scrape")
    }

    private func section(names: [String] = [], files: [String] = [], services: [String] = []) -> DiscoverySection {
        var section = DiscoverySection()
        if !names.isEmpty { section.dnsDiscovery = [DNSDiscoveryConfiguration(names: names, type: .a, port: 1, refreshInterval: 30_000)] }
        section.polled = services.compactMap { HTTPDiscoveryConfiguration(url: $0, refreshInterval: 30_000).map(PolledConfiguration.http) }
        if !files.isEmpty { section.fileDiscovery = [FileDiscoveryConfiguration(patterns: files)] }
        return section
    }

    private func lookups() -> Int { Int(names.asked.value) }

    private func failures() -> Double { metric("prometheus_sd_dns_lookup_failures_total") }

    private func metric(_ name: String, _ label: String? = nil) -> Double {
        let family = registry.snapshot().first { $0.name == name }
        let point = family?.points.first { point in label.map { label in point.labels.contains { $0.value == label } } ?? true }
        switch point?.value {
        case .number(let value): return value
        case .summary(let summary): return Double(summary.count)
        default: return .nan
        }
    }

    private func until(_ condition: () -> Bool) async {
        while !condition() { await Task.yield() }
    }

    @Test("names are looked up at once and at each interval; a failing lookup keeps what was known")
    func lookingUp() async {
        names.known.withLock { $0 = ["a": [.address("1.1.1.1")], "b": [.address("2.2.2.2")]] }
        loop.apply([("job", section(names: ["a", "b"]))])
        await until { sections.last("job") == "1.1.1.1:1 2.2.2.2:1" }
        loop.refresh()
        #expect(lookups() == 2)
        names.known.withLock { $0 = ["a": [.address("3.3.3.3")]] }
        clock.move(seconds: 30)
        loop.refresh()
        await until { sections.last("job") == "3.3.3.3:1 2.2.2.2:1" && failures() == 1 }
        names.known.withLock { $0["b"] = [] }
        clock.move(seconds: 30)
        await until {
            loop.refresh()
            return sections.last("job") == "3.3.3.3:1"
        }
    }

    @Test("a reload keeps the answers of names that stay, whoever asks for them")
    func reloading() async {
        names.known.withLock { $0 = ["a": [.address("1.1.1.1")]] }
        loop.apply([("old", section(names: ["a"]))])
        await until { sections.last("old") == "1.1.1.1:1" }
        names.known.withLock { $0 = [:] }
        loop.apply([("other", section()), ("new", section(names: ["a"]))])
        #expect(sections.last("new") == "1.1.1.1:1")
        #expect(sections.last("other") == "")
        #expect(lookups() == 1)
    }

    @Test("a file that several sections name is handed to each of them, and only when it has changed")
    func files() throws {
        let folder = try ScratchFolder()
        let path = try folder.write("t.json", #"[{"targets": ["h:1"]}]"#)
        loop.apply([("a", section(files: [path])), ("b", section(files: [path])), ("c", section())])
        #expect(sections.last("a") == "h:1" && sections.last("b") == "h:1" && sections.last("c") == "")
        loop.refresh()
        #expect(sections.count("a") == 1)
        _ = try folder.write("t.json", #"[{"targets": ["h:2"]}]"#)
        loop.refresh()
        #expect(sections.last("a") == "h:2" && sections.last("b") == "h:2" && sections.count("c") == 1)
        _ = try folder.write("t.json", "[{")
        loop.refresh()
        #expect(sections.last("a") == "h:2")
    }

    @Test("sources are asked at once and at each interval; one that fails keeps its targets, which is told once")
    func polling() async {
        services.known.withLock { $0 = ["http://a": #"[{"targets": ["a:1", "a:2"]}]"#, "http://b": #"[{"targets": ["b:1"]}]"#] }
        loop.apply([("job", section(services: ["http://a", "http://b"])), ("other", section())])
        await until { sections.last("job") == "a:1 a:2 b:1" }
        loop.refresh()
        #expect(services.asked.value == 2 && metric("prometheus_sd_discovered_targets", "job") == 3)
        let handed = sections.count("job")
        for broken in ["", "[{", #"{"targets": []}"#, #"[{"targets": [1]}]"#] {
            services.known.withLock { $0["http://a"] = broken.isEmpty ? nil : broken }
            for _ in 0..<3 {
                let before = metric("prometheus_sd_refresh_failures_total", "http")
                clock.move(seconds: 30)
                await until {
                    loop.refresh()
                    return metric("prometheus_sd_refresh_failures_total", "http") == before + 1
                }
            }
        }
        #expect(sections.last("job") == "a:1 a:2 b:1" && sections.count("job") == handed)
        #expect(metric("prometheus_sd_refresh_duration_seconds", "http") >= 14)
        #expect(metric("prometheus_sd_refresh_failures_total", "docker") == 0)
        services.known.withLock { $0["http://a"] = #"[{"targets": ["a:3"]}]"# }
        clock.move(seconds: 30)
        await until {
            loop.refresh()
            return sections.last("job") == "a:3 b:1"
        }
        #expect(logged.value == 4)
        services.known.withLock { $0["http://a"] = "[]" }
        clock.move(seconds: 30)
        await until {
            loop.refresh()
            return sections.last("job") == "b:1"
        }
        #expect(metric("prometheus_sd_discovered_targets", "job") == 1 && metric("prometheus_sd_discovered_targets", "other") == 0)
    }

    @Test("a reload keeps the targets of sources that stay and forgets those of others")
    func pollingOverReloads() async {
        services.known.withLock { $0 = ["http://a": #"[{"targets": ["a:1"]}]"#, "http://b": #"[{"targets": ["b:1"]}]"#] }
        loop.apply([("old", section(services: ["http://a", "http://b"]))])
        await until { sections.last("old") == "a:1 b:1" }
        loop.apply([("new", section(services: ["http://b"])), ("other", section(services: ["http://b"]))])
        #expect(sections.last("new") == "b:1" && sections.last("other") == "b:1")
        #expect(services.asked.value == 2)
        loop.apply([("new", section(services: ["http://a"]))])
        #expect(sections.last("new") == "")
        await until { sections.last("new") == "a:1" }
    }

    @Test("when the loop ends, nothing is asked any more")
    func endOfPolling() async {
        services.known.withLock { $0 = ["http://a": #"[{"targets": ["a:1"]}]"#] }
        loop.apply([("job", section(services: ["http://a"]))])
        await until { sections.last("job") == "a:1" }
        let running = Task { await loop.run() }
        running.cancel()
        await running.value
        clock.move(seconds: 60)
        loop.refresh()
        #expect(services.asked.value == 1)
    }
}
