import Model
import Scraping
import StrictYAML
import TSDB
import TestKit
import Testing

@testable import Demo

/// Wednesday, 4 March 2026, 03:00 UTC.
private let end: Timestamp = 1_772_593_200_000
private let year = 365 * 86_400.0

@Suite("The demo's past")
struct HistoryTests {
    @Test("the longer ago, the more seldom; the parts follow each other, and every window of a tier has two scrapes", arguments: [1, 400, 3 * 24])
    func plan(_ days: Int64) {
        let odd = end + 123_456
        let parts = HistoryPlan(end: odd, length: days * 86_400_000).parts
        #expect(zip(parts, parts.dropFirst()).allSatisfy { $0.through == $1.from && $0.interval > $1.interval })
        #expect(parts.last?.through == odd && parts.first.map { (odd - $0.from - days * 86_400_000) / 3_600_000 } == 0)
        for part in parts {
            let times = Array(part.times)
            #expect(times.first.map { $0 > part.from && $0 - part.from <= part.interval } == true)
            #expect(times.last.map { $0 <= part.through && part.through - $0 < part.interval } == true)
            #expect(times.allSatisfy { $0 % part.interval == 0 })
            let resolution: Int64 = part.from < odd - 31 * 86_400_000 ? 3_600_000 : 300_000
            #expect(resolution / part.interval >= 2 && resolution % part.interval == 0)
        }
    }

    @Test("a year has incidents and deployments, never two at a time, and ends calmly", arguments: [1, 2, 99] as [UInt64])
    func calendar(_ seed: UInt64) {
        let (from, to) = (Double(end) / 1000 - year, Double(end) / 1000)
        let playbook = Playbook.calendar(from: from, to: to, seed: seed)
        let incidents = playbook.incidents(from: from, through: to)
        #expect(incidents.count { $0.drill == .deployment } >= 15)
        #expect(incidents.count { $0.drill != .deployment } >= 45 && Set(incidents.map(\.drill)).count >= 10)
        #expect(zip(incidents, incidents.dropFirst()).allSatisfy { $0.end < $1.start })
        #expect(incidents.allSatisfy { $0.start >= from && $0.end <= to - 17 * 86_400 })
        for incident in incidents {
            #expect(playbook.incident(at: incident.start) == incident && playbook.incident(at: incident.end) == nil)
            #expect(playbook.incidents(from: incident.start, through: incident.end) == [incident])
        }
    }

    @Test("where the past ends and a demo begins no counter falls, and the version stays", arguments: DemoPage.all, [1, 5] as [UInt64])
    func seam(_ page: DemoPage, _ seed: UInt64) throws {
        let seconds = Double(end) / 1000
        let past = try StrictPage(page.text(seed: seed, at: seconds, playbook: .calendar(from: seconds - year, to: seconds, seed: seed)))
        let demo = try StrictPage(page.text(seed: seed, at: seconds + 5, playbook: .rounds(from: seconds + 2, seed: seed)))
        #expect(past.start == demo.start && past.rising == demo.rising)
        for series in past.rising { #expect(past.values[series, default: 0] <= demo.values[series, default: 0], "\(series)") }
        #expect(Set(past.values.keys) == Set(demo.values.keys))
    }

    @Test("a deployment restarts what it reaches, and versions count up to that of today")
    func versions() throws {
        let (from, to) = (Double(end) / 1000 - year, Double(end) / 1000)
        let playbook = Playbook.calendar(from: from, to: to, seed: 1)
        let gateway = try #require(DemoPage.all.first { $0.name == "api-gateway" })
        func version(_ seconds: Double) throws -> String? {
            try StrictPage(gateway.text(seed: 1, at: seconds, playbook: playbook)).values.keys.first { $0.hasPrefix("build_info") }
        }
        let deployments = playbook.incidents(from: from, through: to).filter { $0.drill == .deployment }
        let shown = try deployments.map { try version($0.end) }
        #expect(Set(shown).count == deployments.count)
        #expect(try version(to) == shown.last && shown.last??.contains("version=\"1.20.0\"") == true)
    }

    @Test("a folder gets what a server with this configuration would have, the same each time")
    func filled() throws {
        let (first, second) = (try History(seed: 3), try History(seed: 3))
        let series = try first.answers()
        #expect(series == (try second.answers()))
        #expect(series != (try History(seed: 4).answers()))
        #expect(series.count > 150)
        let requests = series.filter { $0.key.contains("http_requests_total") }
        #expect(!requests.isEmpty && requests.keys.allSatisfy { $0.contains("job=\"gate\"") && $0.contains("instance=\"127.0.0.1:2001\"") })
        let up = try #require(series.first { $0.key.hasPrefix("{__name__=\"up\", ") || $0.key.hasPrefix("up{") })
        #expect(up.value.map(\.time) == Array(HistoryPlan(end: end, length: 10 * 3_600_000).parts.flatMap { Array($0.times) }))
        #expect(up.value.allSatisfy { $0.value == 1 })
    }

    @Test("a folder with anything in it stays as it is; what an interrupted run has left is no hindrance")
    func refused() throws {
        let files = MemoryFileSystem()
        try files.makeFolder("data.making/wal")
        try files.makeFolder("data")
        #expect(try History.fill(files, seed: 1, folder: "data/") != nil)
        #expect(try files.kind("data.making") == nil)
        let before = try files.list("data")
        #expect(try History.fill(files, seed: 2) == nil)
        #expect(try files.list("data") == before)
    }
}

/// Ten hours of one page, in a folder in memory.
private struct History {
    let files = MemoryFileSystem()

    init(seed: UInt64) throws { try #require(try Self.fill(files, seed: seed) != nil) }

    static func fill(_ files: MemoryFileSystem, seed: UInt64, folder: String = "data") throws -> DemoHistory.Progress? {
        var job = ScrapeConfiguration(jobName: "gate")
        job.discovery.staticGroups = [
            TargetGroup(source: "0", targets: ["127.0.0.1:2001", "127.0.0.1:9090"].map { Labels([(name: TargetGroup.addressLabel, value: $0)]) })
        ]
        let nothing = FileReading(read: { _ in [] }, list: { _ in [] })
        let sources = DemoHistory.Source.all(of: [job], basePort: 2000, files: nothing)
        return try DemoHistory(sources, seed: seed, end: end, length: 10 * 3_600_000, files: files).fill(folder) { _ in }
    }

    struct Point: Equatable {
        let time: Timestamp
        let value: Double
    }

    func answers() throws -> [String: [Point]] {
        let set = try FolderReading("data", files, clock: ManualClock(end)).source.select(Selection(matchers: [], from: .min, through: .max))
        let column = SampleColumn()
        var answers: [String: [Point]] = [:]
        for index in 0..<set.count {
            column.removeAll()
            try set.read(index, from: .min, through: .max, into: column)
            answers[set.labels(index).description] = (0..<column.count).map { Point(time: column.times[$0], value: column.values[$0]) }
        }
        return answers
    }
}
