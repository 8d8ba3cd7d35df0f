import Model
import Runtime
import Synchronization
import TSDB
import TestKit
import Testing

@testable import Scraping

/// Loops on a reactor of their own against a target that does something else at every scrape.
@Suite("Scrapes without a task", .timeLimit(.minutes(2)))
struct SteadyScrapesTests {
    private enum Answer: CaseIterable { case page, packed, large, closed, broken, refused, torn, redirected }

    /// Answers in an order drawn from a seed; the number of the request is the value on its page.
    private final class Target: Sendable {
        private let answers: [Answer]
        private let asked = Mutex(0)

        init(seed: UInt64) {
            var random = SeededRandom(seed)
            answers = (0..<500).map { _ in
                // Most are usual. A redirect is followed by many scrapes the other way, so there is but one.
                random.below(2) == 0 ? .page : Answer.allCases[random.below(Answer.allCases.count - 1)]
            }
        }

        func answer(_ number: Int) -> Answer { number == 60 ? .redirected : answers[number % answers.count] }

        func serve(_ connection: ScriptedServer.Connection) {
            while let request = connection.request() {
                if request.hasPrefix("GET /other") {
                    connection.send(Self.response("there 1\n"))
                    continue
                }
                let number = asked.withLock { asked in
                    defer { asked += 1 }
                    return asked
                }
                guard send(number, over: connection) else { return }
            }
        }

        /// False: the connection is to be closed.
        private func send(_ number: Int, over connection: ScriptedServer.Connection) -> Bool {
            let page = "number \(number)\n"
            switch answer(number) {
            case .page: return connection.send(Self.response(page))
            case .packed:
                let packed = Gzip.pack(Array(page.utf8))
                return connection.send(Array(Self.head(packed.count, "Content-Encoding: gzip\r\n").utf8) + packed)
            // More than twice the last page, and so for a worker.
            case .large: return connection.send(Self.response(page + String(repeating: "# \(String(repeating: "x", count: 98))\n", count: 2000)))
            case .closed:
                connection.send(Self.head(page.utf8.count, "Connection: close\r\n") + page)
                return false
            case .broken: return connection.send(Self.response(page + "no number\n"))
            case .refused: return connection.send("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
            case .torn:
                connection.send(Self.head(1000, "") + page)
                return false
            case .redirected: return connection.send("HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n")
            }
        }

        private static func response(_ page: String) -> String { head(page.utf8.count, "") + page }

        private static func head(_ length: Int, _ more: String) -> String {
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n\(more)Content-Length: \(length)\r\n\r\n"
        }
    }

    private static func environment(_ intake: HeadIntake, _ counters: ScrapeCounters, quick: Int64) -> ScrapeEnvironment {
        let reactors = ScrapeReactors(threads: 1)
        return ScrapeEnvironment(
            intake: intake, transport: RoutedTransport(LeanPages.http, reactors: reactors, workers: LeanPages.workers, lookup: LeanPages.lookup),
            clock: SystemClock(), reactors: reactors, workers: LeanPages.workers, counters: counters, quickIngest: quick)
    }

    private static func job(_ server: ScriptedServer) -> ScrapeConfiguration {
        .simulated(["127.0.0.1:\(server.port)"]) { ($0.interval, $0.timeout) = (50, 50) }
    }

    /// The samples of a series by their times.
    private static func samples(_ head: Head, _ name: String) throws -> [Timestamp: Double] {
        let set = try head.select(Selection(matchers: [Matcher(name: Labels.metricName, equals: name)], from: .min, through: .max))
        let column = SampleColumn()
        for index in 0..<set.count { try set.read(index, from: .min, through: .max, into: column) }
        return Dictionary((0..<column.count).map { (column.times[$0], column.values[$0]) }) { first, _ in first }
    }

    @Test("whatever a target answers, what is stored is its answer", arguments: [Int64.max, 0])
    func answers(quick: Int64) async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        let target = Target(seed: seed)
        let server = try ScriptedServer { target.serve($0) }
        let head = Head(options: HeadOptions(), clock: SystemClock())
        let counters = ScrapeCounters()
        let manager = ScrapeManager(Self.environment(HeadIntake(head), counters, quick: quick))
        manager.apply([Self.job(server)])
        await until { counters.scrapes.value >= 100 }
        await manager.shutDown()
        server.close()
        let up = try Self.samples(head, "up")
        let numbers = try Self.samples(head, "number").filter { !StaleMarker.isStale($0.value) }
        let elsewhere = try Self.samples(head, "there").filter { !StaleMarker.isStale($0.value) }
        #expect(up.count == Int(counters.scrapes.value), "seed \(seed)")
        for (time, value) in up {
            // A page that came too late for a busy machine is a scrape that failed, too.
            #expect((value == 1) == (numbers[time] != nil || elsewhere[time] != nil), "seed \(seed): up \(value), \(numbers[time] ?? -1)")
        }
        for (time, number) in numbers {
            #expect([.page, .packed, .large, .closed].contains(target.answer(Int(number))), "seed \(seed): \(number) at \(time)")
        }
        let inOrder = numbers.sorted { $0.key < $1.key }.map(\.value)
        #expect(inOrder == inOrder.sorted() && Set(inOrder).count == inOrder.count, "seed \(seed)")
        #expect(numbers.count > 10 && numbers.count < up.count, "seed \(seed): \(numbers.count) of \(up.count)")
    }

    @Test("a target that goes ends its series; one that stays is scraped on, also where there is no head for a while")
    func ends() async throws {
        let server = try ScriptedServer { connection in
            while connection.request() != nil { connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\na 1\n") }
        }
        let head = Head(options: HeadOptions(), clock: SystemClock())
        let counters = ScrapeCounters()
        let intake = HeadIntake()
        let manager = ScrapeManager(Self.environment(intake, counters, quick: .max))
        manager.apply([Self.job(server)])
        await until { counters.scrapes.value >= 3 }
        #expect(try Self.samples(head, "a").isEmpty)
        intake.open(head)
        await until { counters.scrapes.value >= 20 }
        manager.apply([])
        await until { (try? Self.samples(head, "a").values.contains { StaleMarker.isStale($0) }) == true }
        let stored = try Self.samples(head, "up").filter { !StaleMarker.isStale($0.value) }.count
        #expect(stored == Int(counters.scrapes.value) && stored >= 20)
        await manager.shutDown()
        server.close()
    }
}
