import Model
import Runtime
import Synchronization
import TSDB
import Testing

@testable import Scraping

@Suite("Targets over time", .timeLimit(.minutes(1)))
struct LoopTests {
    @Test func samplesBearTheTimeOfTheirTick() async throws {
        let server = SimulatedServer()
        server.manager.apply([.simulated()])
        await server.time.settle()
        for (number, late) in [0, 1_900_000, 0, 3_000_000, 0].enumerated() {
            server.transport.answer(.page("a \(number)\n"))
            await server.tick(late: Int64(late))
        }
        #expect(try server.lines() == ["a{instance=\"h:1\"} 0@0 1@10000 2@20000 3@30003 4@40000"])
        #expect(try server.up() == ["up{instance=\"h:1\"} 1@0 1@10000 1@20000 1@30003 1@40000"])
        let interval = server.counters.intervalLength.snapshot()
        #expect(interval.count == 4)
        await server.manager.shutDown()
    }

    @Test func aFailedScrapeIsToldAndEndsTheSeries() async throws {
        let server = SimulatedServer()
        server.manager.apply([.simulated()])
        await server.time.settle()
        #expect(server.manager.activeTargets().map(\.health) == [.unknown])
        server.transport.answer(.page("a 1\n"))
        await server.tick()
        #expect(server.manager.activeTargets().map(\.health) == [.up])
        server.transport.answer(.failure(ScrapeError("context deadline exceeded")))
        await server.tick()
        let target = try #require(server.manager.activeTargets().first)
        #expect(target.health == .down && target.lastError == "context deadline exceeded")
        #expect(target.lastScrape == SimulatedServer.start + 10_000)
        server.transport.answer(.page("a 3\n"))
        await server.tick()
        #expect(server.manager.activeTargets().map(\.lastError) == [""])
        #expect(try server.lines() == ["a{instance=\"h:1\"} 1@0 stale@10000 3@20000"])
        #expect(try server.up() == ["up{instance=\"h:1\"} 1@0 0@10000 1@20000"])
        await server.manager.shutDown()
    }

    @Test func failedScrapesAreLogged() async throws {
        let server = SimulatedServer()
        server.manager.apply([.simulated()])
        await server.time.settle()
        for answer in [FakeTransport.Answer.page("a 1\n"), .failure(ScrapeError("connection refused")), .page("a{ 1\n"), .page("a 2\n")] {
            server.transport.answer(answer)
            await server.tick()
        }
        let lines = server.failures.lines
        #expect(lines.first == "j http://h:1/metrics connection refused @10000")
        #expect(lines.count == 2 && lines[1].hasSuffix("@20000"))
        await server.manager.shutDown()
    }

    @Test func targetsAreAskedAsTheirJobSays() async throws {
        let server = SimulatedServer()
        server.manager.apply([
            .simulated {
                $0.limits.bodySize = 77
                $0.enableCompression = false
                $0.parameters = [.init(name: "module", values: ["a b", "c"])]
            }
        ])
        await server.time.settle()
        await server.tick()
        let request = try #require(server.transport.requests.first)
        #expect(request.url == "http://h:1/metrics?module=a+b&module=c")
        #expect(request.timeout == 5000 && request.bodySizeLimit == 77 && !request.acceptsGzip)
        #expect(request.accept.hasPrefix("application/openmetrics-text;version=1.0.0"))
        await server.manager.shutDown()
    }

    @Test func aPageThatIsBeyondTheLimitsCounts() async throws {
        let server = SimulatedServer()
        server.manager.apply([.simulated { $0.limits.samples = 1 }])
        await server.time.settle()
        server.transport.answer(.page("a 1\nb 1\n"))
        await server.tick()
        #expect(server.manager.activeTargets().map(\.lastError) == ["sample limit exceeded"])
        #expect(server.counters.sampleLimitExceeded.value == 1)
        server.transport.answer(.failure(.bodySizeLimit))
        await server.tick()
        #expect(server.counters.bodySizeLimitExceeded.value == 1)
        #expect(try server.lines() == [])
        await server.manager.shutDown()
    }

    /// The stale markers bear the time of the scrape that did not come, and are written when one more interval is over.
    @Test func aTargetThatIsGoneIsMarkedLater() async throws {
        let server = SimulatedServer()
        server.manager.apply([.simulated()])
        await server.time.settle()
        server.transport.answer(.page("a 1\n"))
        await server.tick()
        server.manager.apply([.simulated([])])
        #expect(server.manager.activeTargets().isEmpty)
        await server.time.settle()
        await server.tick()
        #expect(server.time.now() == SimulatedServer.start + 10_000)
        #expect(try server.lines() == ["a{instance=\"h:1\"} 1@0"])
        await server.tick(sleeping: 0)
        #expect(server.time.now() == SimulatedServer.start + 21_000)
        await server.manager.shutDown()
        #expect(try server.lines() == ["a{instance=\"h:1\"} 1@0 stale@10000"])
        #expect(try server.up() == ["up{instance=\"h:1\"} 1@0 stale@10000"])
        #expect(try server.lines(reports: true).allSatisfy { $0.hasSuffix("stale@10000") })
    }

    @Test func aTargetThatIsGoneBeforeItsFirstScrapeLeavesNothing() async throws {
        let server = SimulatedServer()
        server.manager.apply([.simulated()])
        await server.time.settle()
        server.manager.apply([])
        await server.manager.shutDown()
        #expect(try server.lines(reports: true) == [])
        #expect(server.time.sleeping == 0)
    }

    @Test func theEndOfTheServerWaitsForScrapesAndMarksNothing() async throws {
        let server = SimulatedServer()
        server.manager.apply([.simulated()])
        await server.time.settle()
        server.transport.answer(.held)
        server.time.wakeNext()
        await until { server.transport.held == 1 }
        let isOver = Mutex(false)
        let ending = Task {
            await server.manager.shutDown()
            isOver.withLock { $0 = true }
        }
        for _ in 0..<100 { await Task.yield() }
        #expect(isOver.withLock { !$0 })
        server.transport.release()
        await ending.value
        #expect(try server.up() == ["up{instance=\"h:1\"} 1@0"])
        #expect(server.time.sleeping == 0)
        server.manager.apply([.simulated()])
        #expect(server.time.sleeping == 0 && server.transport.requests.count == 1)
    }

    @Test func aScrapeLongerThanTheIntervalIsFollowedAtOnce() async throws {
        let server = SimulatedServer()
        server.manager.apply([.simulated()])
        await server.time.settle()
        server.transport.answer(.held)
        server.time.wakeNext()
        await until { server.transport.held == 1 }
        server.time.pass(nanoseconds: 25_000_000_000)
        server.transport.answer(.page("a 1\n"))
        server.transport.release()
        await server.time.settle()
        await server.tick()
        await server.tick()
        #expect(try server.up() == ["up{instance=\"h:1\"} 1@0 1@25000 1@30000"])
        #expect(try server.lines(reports: true).contains("scrape_duration_seconds{instance=\"h:1\"} 25@0 0@25000 0@30000"))
        await server.manager.shutDown()
    }

    @Test func aServerThatCannotKeepUpSaysSo() async throws {
        let server = SimulatedServer(queueLimit: 0)
        server.manager.apply([.simulated()])
        await server.time.settle()
        await server.tick()
        let target = try #require(server.manager.activeTargets().first)
        #expect(target.health == .down && target.lastError.hasPrefix("the page could not be stored: "))
        await server.manager.shutDown()
    }
}
