import Glibc
import Model
import TSDB
import Testing

@testable import Scraping

/// What a line costs on its way from a page into the head, by how the pages of a target follow one another. Small figures so that the code never rots;
/// `MARTLET_BENCH=1` in a release build gives those that count.
@Suite("Costs of pages", .serialized) struct PageCosts {
    private static let large = getenv("MARTLET_BENCH") != nil

    /// One line in so many has something behind its value.
    @Test(arguments: [
        ("repeated", "text/plain", 1, ""), ("with timestamps", "text/plain", 1, " 5000"),
        ("with exemplars on every fifth", PageShape.openMetrics, 5, " # {trace_id=\"0af7651916cd43dd\"} 0.67"),
    ])
    func steadyPages(name: String, type: String, step: Int, suffix: String) throws {
        let page = PageShape().eachLine(of: step) { $0 + suffix }
        try tell(name, [page], type: type, rounds: Self.large ? 2000 : 2)
    }

    @Test(arguments: [("two neighbours in twenty swapped", true), ("one line in ten moved anywhere", false)])
    func movedLines(name: String, toNeighbour: Bool) throws {
        var random = SystemSeeded(1)
        var page = PageShape()
        let pages = (0..<(Self.large ? 64 : 2)).map { _ in
            if toNeighbour { page.swapNeighbours(50, &random) } else { page.moveLines(100, &random) }
            return page
        }
        try tell(name, pages, type: "text/plain", rounds: Self.large ? 640 : 2)
    }

    @Test func movedFamilies() throws {
        var random = SystemSeeded(2)
        var page = PageShape()
        let pages = (0..<(Self.large ? 64 : 2)).map { _ in
            page.families.shuffle(using: &random)
            return page
        }
        try tell("all families in another order", pages, type: "text/plain", rounds: Self.large ? 640 : 2)
    }

    /// Each page has series that were never there.
    @Test func churnedSeries() throws {
        var random = SystemSeeded(3)
        var page = PageShape()
        let pages = (0..<(Self.large ? 200 : 2)).map { round in
            page.replaceLines(50, round, &random)
            return page
        }
        try tell("one series in twenty new", pages, type: "text/plain", rounds: pages.count)
    }

    /// Series come and go, but the head has them already.
    @Test func flappingSeries() throws {
        var random = SystemSeeded(4)
        let whole = PageShape()
        let pages = (0..<(Self.large ? 64 : 2)).map { _ in
            var page = whole
            page.removeLines(50, &random)
            return page
        }
        try tell("one series in twenty missing, each time others", pages, type: "text/plain", rounds: Self.large ? 640 : 2)
    }

    /// The best of five passes, each with a head and a target of its own.
    private func tell(_ name: String, _ shapes: [PageShape], type: String, rounds: Int) throws {
        let pages = shapes.map { ScrapedPage(body: PageBuffer($0.text(isOpen: type == PageShape.openMetrics)), contentType: type) }
        let lines = shapes[0].count
        var best = Double.infinity
        for _ in 0..<(Self.large ? 5 : 1) { best = min(best, try pass(pages, rounds) / Double(lines * rounds)) }
        print("\(name): \(Int((best * 1e9).rounded())) ns a line")
    }

    /// Seconds of the thread's own time.
    private func pass(_ pages: [ScrapedPage], _ rounds: Int) throws -> Double {
        let head = Head(options: HeadOptions(), clock: FixedClock(time: 1_000_000_000))
        let labels = Labels([(name: "job", value: "node"), (name: "instance", value: "host-17:9100")])
        let ingester = TargetIngester(head: head, targetLabels: labels, options: TargetIngester.Options(), metadata: TargetMetadata())
        _ = try ingester.ingest(.success(pages[pages.count - 1]), at: 1000) { 0 }
        let start = Self.now()
        for round in 0..<rounds {
            let report = try ingester.ingest(.success(pages[round % pages.count]), at: 2000 + Timestamp(round) * 1000) { 0 }
            #expect(report.error == nil)
        }
        return Self.now() - start
    }

    /// The time that this thread has had, in seconds: what else the machine does counts for nothing.
    static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// A page of a thousand lines in fifty families.
struct PageShape {
    struct Family {
        var name: String
        var lines: [String]
    }

    static let openMetrics = "application/openmetrics-text; version=1.0.0"

    var families: [Family] = (0..<50).map { family in
        let name = "node_metric_\(family)_seconds"
        let lines = (0..<20).map { line in
            "\(name)_total{cpu=\"\(line)\",mode=\"idle\",device=\"sda\"} \(family * 100 + line).\(line + 10)"
        }
        return Family(name: name, lines: lines)
    }

    var count: Int { families.reduce(0) { $0 + $1.lines.count } }

    func text(isOpen: Bool) -> String {
        let parts = families.map { family in
            let name = isOpen ? family.name : family.name + "_total"
            return "# HELP \(name) Seconds spent.\n# TYPE \(name) counter\n" + family.lines.map { $0 + "\n" }.joined()
        }
        return parts.joined() + (isOpen ? "# EOF\n" : "")
    }

    /// Changes one line in so many.
    func eachLine(of step: Int, _ change: (String) -> String) -> PageShape {
        var page = self
        for family in page.families.indices {
            for line in stride(from: 0, to: page.families[family].lines.count, by: step) {
                page.families[family].lines[line] = change(page.families[family].lines[line])
            }
        }
        return page
    }

    private func anywhere(_ random: inout SystemSeeded) -> (family: Int, line: Int) {
        let family = Int(random.next() % UInt64(families.count))
        return (family, Int(random.next() % UInt64(max(families[family].lines.count, 1))))
    }

    mutating func swapNeighbours(_ count: Int, _ random: inout SystemSeeded) {
        for _ in 0..<count {
            let (family, line) = anywhere(&random)
            guard line + 1 < families[family].lines.count else { continue }
            families[family].lines.swapAt(line, line + 1)
        }
    }

    mutating func moveLines(_ count: Int, _ random: inout SystemSeeded) {
        for _ in 0..<count {
            let from = anywhere(&random)
            guard families[from.family].lines.count > 1 else { continue }
            let moved = families[from.family].lines.remove(at: from.line)
            let to = anywhere(&random)
            families[to.family].lines.insert(moved, at: to.line)
        }
    }

    mutating func replaceLines(_ count: Int, _ round: Int, _ random: inout SystemSeeded) {
        for number in 0..<count {
            let (family, line) = anywhere(&random)
            families[family].lines[line] = "\(families[family].name)_total{cpu=\"\(line)\",mode=\"idle\",device=\"\(round)-\(number)\"} 1.5"
        }
    }

    mutating func removeLines(_ count: Int, _ random: inout SystemSeeded) {
        for _ in 0..<count {
            let (family, line) = anywhere(&random)
            if families[family].lines.count > 1 { families[family].lines.remove(at: line) }
        }
    }
}
