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
    private let clock = StillClock()
    private let sections = Sections()
    private let registry = MetricsRegistry()
    private let loop: DiscoveryLoop

    init() {
        let sections = sections
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        loop = DiscoveryLoop(NameLookups(names, registry), clock, logger) { groups, section in
            sections.take(groups, section)
            return []
        }
    }

    private func section(names: [String] = [], files: [String] = []) -> DiscoverySection {
        var section = DiscoverySection()
        if !names.isEmpty { section.dnsDiscovery = [DNSDiscoveryConfiguration(names: names, type: .a, port: 1, refreshInterval: 30_000)] }
        if !files.isEmpty { section.fileDiscovery = [FileDiscoveryConfiguration(patterns: files)] }
        return section
    }

    private func lookups() -> Int { Int(names.asked.value) }

    private func failures() -> Double {
        let family = registry.snapshot().first { $0.name == "prometheus_sd_dns_lookup_failures_total" }
        guard case .number(let value)? = family?.points.first?.value else { return .nan }
        return value
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
}
