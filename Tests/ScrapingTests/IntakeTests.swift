import Model
import Runtime
import Synchronization
import TSDB
import Testing

@testable import Scraping

/// Targets are scraped while the server still reads its log.
@Suite("Scrapes before there is a head", .timeLimit(.minutes(1)))
struct IntakeTests {
    @Test func theyAreAnsweredWithTheirOwnTimesOnceThereIsOne() async throws {
        let server = SimulatedServer(keeping: 1 << 20)
        server.manager.apply([.simulated()])
        await server.time.settle()
        for number in 0..<4 {
            server.transport.answer(number == 2 ? .failure(ScrapeError("refused")) : .page("a \(number)\nb{number=\"\(number)\"} 1\n"))
            await server.tick()
        }
        #expect(try server.lines().isEmpty && server.up().isEmpty)
        #expect(server.counters.deferred.value == 4 && server.intake.keptBytes > 0)
        #expect(server.manager.activeTargets().map(\.health) == [.up])
        server.intake.open(server.head)
        #expect(server.intake.keptBytes == 0)
        server.transport.answer(.page("a 4\n"))
        await server.tick()
        let lines = try server.lines()
        #expect(
            lines == [
                "a{instance=\"h:1\"} 0@0 1@10000 stale@20000 3@30000 4@40000",
                "b{instance=\"h:1\", number=\"0\"} 1@0 stale@10000",
                "b{instance=\"h:1\", number=\"1\"} 1@10000 stale@20000",
                "b{instance=\"h:1\", number=\"3\"} 1@30000 stale@40000",
            ])
        #expect(try server.up() == ["up{instance=\"h:1\"} 1@0 1@10000 0@20000 1@30000 1@40000"])
        #expect(server.counters.deferred.value == 4 && server.counters.refusedWhileOpening.value == 0)
        await server.manager.shutDown()
    }

    @Test func beyondTheLimitAScrapeIsRefusedAndTold() async throws {
        let server = SimulatedServer(keeping: 3000)
        server.manager.apply([.simulated()])
        await server.time.settle()
        for number in 0..<4 {
            server.transport.answer(.page("a \(number)\n" + (number == 1 ? "# " + String(repeating: "x", count: 2000) + "\n" : "")))
            await server.tick()
            if number == 1 {
                let target = try #require(server.manager.activeTargets().first)
                #expect(target.health == .down && target.lastError.contains("3000 bytes"))
            }
        }
        #expect(server.counters.refusedWhileOpening.value == 1 && server.counters.deferred.value == 3)
        server.intake.open(server.head)
        #expect(try server.lines() == ["a{instance=\"h:1\"} 0@0 2@20000 3@30000"])
        await server.manager.shutDown()
    }

    /// What comes while the kept is being written waits behind it.
    @Test func orderIsKeptWhileTheKeptIsWritten() throws {
        let intake = HeadIntake()
        let head = Head(options: HeadOptions(), clock: SimulatedTime())
        let order = Order()
        for number in 0..<3 {
            _ = try intake.keep(bytes: 10) { _ in
                order.add(number)
                guard number == 1, case .deferred? = try? intake.keep(bytes: 10, { _ in order.add(9) }) else { return }
                order.add(100)
            }
        }
        #expect(intake.head == nil)
        intake.open(head)
        #expect(order.numbers == [0, 1, 100, 2, 9])
        #expect(intake.head === head)
        guard case .open(let given) = try intake.keep(bytes: 1 << 40, { _ in order.add(7) }) else {
            Issue.record("kept although there is a head")
            return
        }
        #expect(given === head && order.numbers.count == 5)
    }

    @Test func aTargetThatGoesBeforeThereIsAHeadIsEnded() async throws {
        let server = SimulatedServer(keeping: 1 << 20)
        server.manager.apply([.simulated()])
        await server.time.settle()
        server.transport.answer(.page("a 1\n"))
        await server.tick()
        server.manager.apply([.simulated([])])
        await server.time.settle()
        await server.tick()
        await server.tick(sleeping: 0)
        await server.manager.shutDown()
        server.intake.open(server.head)
        #expect(try server.lines() == ["a{instance=\"h:1\"} 1@0 stale@10000"])
    }
}

/// The numbers in the order of their coming.
private final class Order: Sendable {
    private let list = Mutex<[Int]>([])
    func add(_ number: Int) { list.withLock { $0.append(number) } }
    var numbers: [Int] { list.withLock { $0 } }
}
