import Glibc
import Model
import TestKit
import Testing

@testable import Notifier

@Suite("Deliveries")
struct DeliveryTests {
    private static let failed = DeliveryOutcome.failed("no answer", retryAfter: nil)

    @Test("a failed delivery is tried again after longer and longer, and told once")
    func retries() throws {
        var simulation = try Simulation.simple()
        simulation.outcome = { $0.attempts < 6 ? Self.failed : .accepted }
        try simulation.fire("alertname=A", at: 0)
        simulation.advance(to: 60)
        let attempts = try #require(simulation.attempts[1])
        let gaps = zip(attempts.dropFirst(), attempts).map { $0 - $1 }
        #expect(gaps.count == 5 && zip(gaps, [500.0, 750, 1125, 1687, 2531]).allSatisfy { (0.5...1.5).contains(Double($0) / $1) }, "\(gaps)")
        #expect(simulation.told.first?.reason == .first && simulation.told.first?.firing == ["A"])
    }

    @Test("a receiver that says when it will take more is not asked earlier", arguments: [(7000, 7000), (90_000_000, 3_600_000), (-5, 0)])
    func retryAfter(asked: Int64, least: Int64) {
        let delay = RetryPolicy().delay(after: 1, id: 3, asked: asked)
        #expect(delay >= max(least, 250) && delay <= max(least, 750))
    }

    @Test("delays do not grow beyond a minute and a half, however often it fails")
    func longest() {
        for attempts in [1, 2, 20, 2_000_000_000] {
            #expect((250...90_000).contains(RetryPolicy().delay(after: attempts, id: 9, asked: nil)))
        }
    }

    @Test("a dead receiver holds up no other")
    func deadReceiver() throws {
        var simulation = try Simulation.simple(integrations: "[{url: 'http://dead'}, {url: 'http://hook'}]")
        simulation.outcome = { $0.key.integration.index == 0 ? Self.failed : .accepted }
        try simulation.fire("alertname=A,i=1", at: 0)
        try simulation.fire("alertname=A,i=2", at: 2)
        try simulation.resolve("alertname=A,i=1", "alertname=A,i=2", at: 4)
        simulation.advance(to: 6)
        #expect(simulation.told.map(\.reason) == [.first, .newAlerts, .allResolved] && simulation.told.map(\.at) == [1, 3, 5])
    }

    @Test("a newer notification takes the place of one that has not arrived")
    func overtaken() throws {
        var simulation = try Simulation.simple()
        simulation.outcome = { _ in nil }
        try simulation.fire("alertname=A,i=1", at: 0)
        try simulation.fire("alertname=A,i=2", at: 2)
        simulation.advance(to: 3.5)
        #expect(simulation.core.state.deliveries.map(\.firing.count) == [2])
        #expect(simulation.core.state.deliveries.map(\.id) == [2] && simulation.kept.state.deliveries.map(\.id) == [2])
        simulation.finish(1, .accepted)
        #expect(simulation.kept.state.log.isEmpty)
        simulation.finish(2, .accepted)
        #expect(simulation.kept.state.log.map(\.firing.count) == [2] && simulation.core.state.deliveries.isEmpty)
    }

    @Test("an alert that ends before it was told is told all the same, and then its end")
    func endsUntold() throws {
        var simulation = try Simulation.simple()
        simulation.outcome = { $0.id == 1 && $0.attempts < 5 ? Self.failed : .accepted }
        try simulation.fire("alertname=A", at: 0)
        try simulation.resolve("alertname=A", at: 2)
        simulation.advance(to: 60)
        #expect(simulation.told.map(\.reason) == [.first, .allResolved])
        #expect(simulation.told.map(\.firing) == [["A"], []] && simulation.told.map(\.resolved) == [[], ["A"]])
    }

    @Test("what is refused for good is not repeated at once; the next flush tries again with what is then")
    func refused() throws {
        var simulation = try Simulation.simple()
        simulation.outcome = { $0.id == 1 ? .refused("404") : .accepted }
        try simulation.fire("alertname=A,i=1", at: 0)
        try simulation.fire("alertname=A,i=2", at: 2)
        simulation.advance(to: 4)
        #expect(simulation.attempts[1]?.count == 1)
        #expect(simulation.told.map(\.reason) == [.first] && simulation.told.map(\.at) == [3] && simulation.told[0].firing.count == 2)
    }

    // MARK: Restarts

    @Test("what was underway at a crash is sent again with the same number and the same words, and then never more")
    func restart() throws {
        var simulation = try Simulation.simple()
        simulation.outcome = { _ in nil }
        try simulation.fire("alertname=A", at: 0)
        simulation.advance(to: 1.5)
        let before = try #require(simulation.kept.state.deliveries.first)
        simulation.outcome = { _ in .accepted }
        simulation.restart(at: 1.7)
        simulation.advance(to: 4)
        #expect(simulation.attempts.keys.sorted() == [before.id] && simulation.attempts[before.id]?.count == 2)
        #expect(simulation.told.map(\.reason) == [.first])
        try simulation.fire("alertname=B", at: 4)
        simulation.advance(to: 5)
        #expect(simulation.attempts.keys.sorted() == [before.id, before.id + 1])
    }

    @Test("after a restart silences hold and nobody is told again what they know")
    func restartKnows() throws {
        var simulation = try Simulation.simple()
        try simulation.silence("i=2", id: "one", until: 100, at: 0)
        try simulation.fire("alertname=A,i=1", "alertname=A,i=2", at: 0)
        simulation.restart(at: 2)
        simulation.advance(to: 5)
        #expect(simulation.told.map(\.at) == [1] && simulation.told.map(\.firing) == [["A 1"]])
        try simulation.resolve("alertname=A,i=1", at: 5)
        simulation.advance(to: 8)
        #expect(simulation.told.map(\.reason) == [.first, .allResolved])
    }

    @Test("over any crashes and failures, in the end every receiver knows what fires, and no number was used for two notifications")
    func atLeastOnce() throws {
        let seed = getenv("MARTLET_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 0...UInt64.max)
        print("deliveries over crashes from MARTLET_SEED=\(seed)")
        for round in 0..<mutationRounds(usual: 15) {
            var random = SeededRandom(seed &+ UInt64(round))
            var simulation = try Simulation.simple(integrations: "[{url: 'http://a'}, {url: 'http://b', send_resolved: false}]")
            var known: [LogKey: Set<Fingerprint>] = [:]
            var contents: [UInt64: Delivery] = [:]
            var fails = random.below(4)
            let place = "MARTLET_SEED=\(seed), round \(round)"
            simulation.outcome = { delivery in
                var same = delivery
                same.attempts = 0
                #expect(contents[delivery.id] == nil || contents[delivery.id] == same, Comment(rawValue: place))
                contents[delivery.id] = same
                switch fails == 0 ? 9 : random.below(4 + 8 / fails) {
                case 0: return Self.failed
                case 1: return nil
                case 2: return .refused("no")
                default:
                    known[delivery.key] = Set(delivery.items.filter { $0.endsAt == nil }.map(\.fingerprint))
                    return .accepted
                }
            }
            var choice = SeededRandom(seed ^ UInt64(round))
            var time = 0.0
            for _ in 0..<40 {
                time += Double(choice.below(30)) / 10
                let name = "alertname=\(["A", "B"][choice.below(2)]),i=\(choice.below(4))"
                switch choice.below(10) {
                case 0: simulation.restart(at: time)
                case 1...5: try simulation.fire(name, at: time)
                default: try simulation.resolve(name, at: time)
                }
            }
            // Attempts that never ended are over only with the process.
            fails = 0
            simulation.restart(at: time)
            simulation.advance(to: time + 60)
            let firing = simulation.core.state.alerts.filter { !$0.isResolved(at: simulation.now) }
            for (key, told) in known where key.integration.index == 0 {
                let wanted = Set(firing.filter { key.group.contains("\"\($0.labels["alertname"] ?? "")\"") }.map(\.fingerprint))
                #expect(told == wanted, Comment(rawValue: "\(place): \(key)"))
            }
            for alert in firing {
                let groups = known.filter { $0.value.contains(alert.fingerprint) }
                #expect(groups.count == 2, Comment(rawValue: "\(place): \(alert.labels)"))
            }
            #expect(simulation.core.state.deliveries.isEmpty && simulation.kept.state.deliveries.isEmpty, Comment(rawValue: place))
        }
    }
}
