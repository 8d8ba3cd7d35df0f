@testable import ClientConfiguration
import Model
import Runtime
import TSDB
import Testing

@testable import Scraping

@Suite("Targets that come and go", .timeLimit(.minutes(1)))
struct ManagerTests {
    @Test func loopsThatStayTheSameRunOn() async throws {
        let server = SimulatedServer()
        server.manager.apply([.simulated()])
        await server.time.settle()
        await server.tick()
        server.manager.apply([
            .simulated(["h:1", "h:2"]) {
                $0.limits.targets = 5
                $0.limits.keepDroppedTargets = 5
            }
        ])
        await server.time.settle(2)
        #expect(server.manager.activeTargets().map(\.health) == [.up, .unknown])
        #expect(server.manager.activeTargets().map(\.scrapeURL) == ["http://h:1/metrics", "http://h:2/metrics"])
        #expect(server.manager.targetCounts() == ["j": 2])
        await server.manager.shutDown()
        #expect(server.time.sleeping == 0)
    }

    @Test func poolsTellHowLongTheirIntervalsAreAndHowOftenTheirTargetsWereTakenOver() async throws {
        let server = SimulatedServer()
        server.manager.apply([.simulated { $0.limits.targets = 7 }])
        await server.time.settle()
        for _ in 0..<3 { await server.tick() }
        server.manager.discovered([], job: "j")
        #expect(server.manager.targetLimits() == ["j": 7])
        func point(_ name: String) -> MetricPoint? { server.registry.snapshot().first { $0.name == name }?.points.first }
        let interval = try #require(point("prometheus_target_interval_length_seconds"))
        #expect(interval.labels == [MetricLabel("interval", "10s")])
        guard case .summary(let seen) = interval.value else { throw ScrapeError("no summary") }
        #expect(seen.quantiles.map(\.quantile) == [0.01, 0.05, 0.5, 0.9, 0.99] && seen.quantiles.allSatisfy { $0.value == 10 })
        #expect(seen.count == 2 && seen.sum == 20)
        let sync = try #require(point("prometheus_target_sync_length_seconds"))
        guard case .summary(let syncs) = sync.value else { throw ScrapeError("no summary") }
        #expect(sync.labels == [MetricLabel("scrape_job", "j")] && syncs.count == 2)
        guard case .number(2)? = point("prometheus_target_scrape_pool_sync_total")?.value else { throw ScrapeError("other than 2") }
        server.manager.apply([])
        #expect(point("prometheus_target_scrape_pool_sync_total") == nil)
        await server.manager.shutDown()
    }

    @Test func aTargetThatIsNamedTwiceIsScrapedOnce() async throws {
        let server = SimulatedServer()
        server.manager.apply([.simulated(["h:1", "h:1"])])
        await server.time.settle()
        await server.tick()
        #expect(server.transport.requests.count == 1)
        await server.manager.shutDown()
    }

    /// Series that the new rules keep go on without a gap; those they drop end.
    @Test func newRelabellingTakesOver() async throws {
        let server = SimulatedServer()
        server.transport.answer(.page("a 1\nb 1\n"))
        server.manager.apply([.simulated()])
        await server.time.settle()
        await server.tick()
        server.time.pass(nanoseconds: 1_000_000_000)
        var drop = RelabelRule(regex: try LabelRegex("b"))
        drop.action = .drop
        drop.sourceLabels = ["__name__"]
        server.manager.apply([.simulated { $0.metricRelabelling = [drop] }])
        await server.time.settle(2)
        server.transport.answer(.page("a 2\nb 2\n"))
        await server.tick(sleeping: 2)
        await server.tick(sleeping: 2)
        await server.tick(sleeping: 1)
        await server.manager.shutDown()
        #expect(try server.lines() == ["a{instance=\"h:1\"} 1@0 2@10000 2@20000", "b{instance=\"h:1\"} 1@0 stale@10000"])
        #expect(try server.up() == ["up{instance=\"h:1\"} 1@0 1@10000 1@20000"])
    }

    @Test func aNewLoopWaitsForTheLastScrapeOfTheOld() async throws {
        let server = SimulatedServer()
        server.manager.apply([.simulated()])
        await server.time.settle()
        server.transport.answer(.held)
        server.time.wakeNext()
        await until { server.transport.held == 1 }
        server.manager.apply([.simulated { $0.honorLabels = true }])
        server.time.pass(nanoseconds: 10_000_000_000)
        for _ in 0..<100 { await Task.yield() }
        #expect(server.transport.requests.count == 1 && server.time.sleeping == 0)
        server.transport.answer(.page("a 1\n"))
        server.transport.release()
        await server.time.settle(2)
        await server.manager.shutDown()
    }

    @Test func discoveredTargetsJoinTheStaticOnes() async throws {
        let server = SimulatedServer()
        server.manager.apply([.simulated()])
        let found = TargetGroup(
            source: "f", targets: [Labels([(name: "__address__", value: "h:2")])], labels: Labels([(name: "env", value: "test")]))
        #expect(server.manager.discovered([found], job: "j") == [])
        #expect(server.manager.discovered([found], job: "unknown") == [])
        #expect(server.manager.activeTargets().map { $0.labels["env"] } == [nil, "test"])
        server.manager.discovered([], job: "j")
        #expect(server.manager.activeTargets().map { $0.labels["instance"] } == ["h:1"])
        await server.manager.shutDown()
    }

    @Test func aPoolOfTooManyTargetsIsNotScraped() async throws {
        let job = ScrapeConfiguration.simulated { $0.limits.targets = 1 }
        let server = SimulatedServer(aligning: job)
        server.transport.answer(.page("a 1\n"))
        server.manager.apply([job])
        await server.time.settle()
        await server.tick()
        // The second target has only another label, so that it is scraped at another moment of the interval.
        let more = TargetGroup(source: "f", targets: [Labels([(name: "__address__", value: "h:2")])])
        server.manager.discovered([more], job: "j")
        await server.time.settle(2)
        await server.tick(sleeping: 2)
        await server.tick(sleeping: 2)
        let error = "target_limit exceeded (number of targets: 2, limit: 1)"
        #expect(server.manager.activeTargets().map(\.lastError) == [error, error])
        #expect(server.transport.requests.count == 1)
        #expect(server.counters.targetLimitExceeded.value == 1)
        #expect(try server.lines() == ["a{instance=\"h:1\"} 1@0 stale@10000"])
        server.manager.discovered([], job: "j")
        await server.time.settle(2)
        while server.transport.requests.count == 1 { await server.tick(sleeping: 2) }
        #expect(try server.lines() == ["a{instance=\"h:1\"} 1@0 stale@10000 1@20000"])
        await server.manager.shutDown()
    }

    @Test func droppedTargetsAreRemembered() async throws {
        var drop = RelabelRule(regex: try LabelRegex("x.*"))
        drop.action = .drop
        drop.sourceLabels = ["__address__"]
        let rules = [drop]
        let server = SimulatedServer()
        server.manager.apply([.simulated(["x1:1", "h:1", "x2:1", "x3:1"]) { $0.relabelling = rules }])
        #expect(server.manager.droppedTargets().map { $0.discoveredLabels["__address__"] } == ["x1:1", "x2:1", "x3:1"])
        #expect(server.manager.droppedTargets().allSatisfy { $0.scrapePool == "j" && $0.discoveredLabels["job"] == "j" })
        server.manager.apply([
            .simulated(["x1:1", "h:1", "x2:1", "x3:1"]) {
                $0.relabelling = rules
                $0.limits.keepDroppedTargets = 2
            }
        ])
        #expect(server.manager.droppedTargets().map { $0.discoveredLabels["__address__"] } == ["x1:1", "x2:1"])
        #expect(server.manager.droppedCounts() == ["j": 3])
        await server.manager.shutDown()
    }

    @Test func whatCannotBeATargetIsTold() async throws {
        let server = SimulatedServer()
        let problems = server.manager.apply([.simulated(["h:1", "h:1/path"])])
        #expect(problems == ["j: instance 1 in group 0: \"h:1/path\" is not a valid hostname"])
        #expect(server.counters.invalidTargets.value == 1)
        #expect(server.manager.targetCounts() == ["j": 1])
        await server.manager.shutDown()
    }

    @Test func nothingShowsSecrets() async throws {
        let server = SimulatedServer()
        server.manager.apply([
            .simulated {
                var basic = HTTPClientConfiguration.BasicAuth()
                basic.username = "user"
                basic.password = Secret("hidden-password")
                $0.client.basicAuth = basic
                $0.client.tls.key = Secret("hidden-key")
                $0.client.headers = [.init(name: "X-Key", values: [], secrets: [Secret("hidden-header")], files: [])]
            }
        ])
        await server.time.settle()
        server.transport.answer(.failure(ScrapeError("server returned HTTP status 401 Unauthorized")))
        await server.tick()
        var shown = ""
        dump(server.manager.activeTargets(), to: &shown)
        dump(server.manager, to: &shown)
        dump(ScrapeConfiguration.simulated { $0.client.tls.key = Secret("hidden-key") }, to: &shown)
        #expect(!shown.contains("hidden"))
        #expect(shown.contains("401 Unauthorized"))
        await server.manager.shutDown()
    }

    @Test(arguments: [
        ("http://localhost:9090/metrics", "http://us.example:9090/metrics"), ("https://127.0.0.1/m", "https://us.example/m"),
        ("http://[::1]:1/", "http://us.example:1/"), ("http://localhost.example:1/", "http://localhost.example:1/"),
        ("http://other:1/", "http://other:1/"),
    ])
    func othersReachTargetsOfThisMachine(url: String, global: String) throws {
        let target = Target(allLabels: .empty, discoveredLabels: .empty, scrapePool: "j", url: url, interval: 1000, timeout: 1000)
        let server = SimulatedServer()
        let environment = ScrapeEnvironment(
            intake: server.intake, transport: server.transport, clock: server.time, sleeper: server.time,
            workers: .init(name: "test", threads: 1, queueLimit: 1))
        let loop = ScrapeLoop(target, LoopSettings(.simulated()), environment)
        #expect(ActiveTarget(loop).globalURL(host: "us.example") == global)
    }
}
