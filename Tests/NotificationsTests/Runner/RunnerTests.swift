import Catalog
import Model
import Notifier
import Runtime
import Synchronization
import Testing

@testable import Notifications

/// The runner with a store and receivers in memory, on a clock that a test moves.
struct RunnerTests {
    private typealias Simulation = RunnerSimulation

    @Test("an alert is told, the attempt is on record, and the store knows what was told")
    func told() async throws {
        let simulation = try Simulation()
        simulation.runner.take([Simulation.alert("Down")])
        await simulation.advance(to: 3)
        #expect(simulation.receivers.accepted.map(\.reason) == [.first])
        let attempt = try #require(simulation.record.attempts.first)
        #expect(attempt.integration == "webhook[0]" && attempt.receiver == "ops" && attempt.outcome == .accepted && attempt.attempt == 1)
        #expect(attempt.alerts.map { $0["alertname"] } == ["Down"] && attempt.isFiring && attempt.groupKey == #"{}:{alertname="Down"}"#)
        let state = try simulation.store.load()
        #expect(state.deliveries.isEmpty && state.log.count == 1 && state.alerts.count == 1)
    }

    @Test("a delivery is kept before it begins")
    func keptFirst() async throws {
        let store = MemoryStore()
        let receivers = FakeReceivers { delivery in
            let isKept = (try? store.load().deliveries.contains { $0.id == delivery.id }) ?? false
            return isKept ? .accepted : .refused("not kept")
        }
        let simulation = try Simulation(store: store, receivers: receivers)
        for number in 0..<5 { simulation.runner.take([Simulation.alert("A\(number)")]) }
        await simulation.advance(to: 2)
        #expect(simulation.receivers.accepted.count == 5)
    }

    @Test("while the store refuses, notifications go on; later all is kept, and nothing is told twice by the next process")
    func refusingStore() async throws {
        let simulation = try Simulation()
        simulation.store.refuses = true
        simulation.runner.take([Simulation.alert("Down")])
        await simulation.advance(to: 3)
        #expect(simulation.receivers.accepted.count == 1)
        #expect(try simulation.store.load().log.isEmpty && simulation.runner.unkeptCount > 0)
        #expect(simulation.registry.value(of: "martlet_notifier_refused_commits_total") > 0)
        simulation.store.refuses = false
        await simulation.advance(to: 5)
        #expect(simulation.runner.unkeptCount == 0)
        #expect(simulation.events.texts.count == 2, "\(simulation.events.texts)")
        let next = try Simulation(store: simulation.store, at: Simulation.start + 5000)
        await next.advance(to: 60)
        #expect(next.receivers.attempts.isEmpty)
    }

    @Test("of what a refusing store has not taken only the last about each thing counts")
    func tidied() {
        var changes = UnkeptChanges()
        changes.wasRefused = true
        for round in 0..<30_000 { changes.add([.alert(Simulation.alert("A", since: Double(round)))]) }
        #expect(changes.count < 20_000)
        #expect(changes.all.last == .alert(Simulation.alert("A", since: 29_999)))
    }

    @Test("what fails is tried again, as the same delivery; what is refused is not")
    func retries() async throws {
        let tries = Mutex(0)
        let receivers = FakeReceivers { delivery in
            if delivery.groupLabels["alertname"] == "Never" { return .refused("no") }
            let count = tries.withLock { count in
                count += 1
                return count
            }
            return count < 3 ? .failed("503", retryAfter: nil) : .accepted
        }
        let simulation = try Simulation(receivers: receivers)
        simulation.runner.take([Simulation.alert("Down"), Simulation.alert("Never")])
        await simulation.advance(to: 1.5)
        await simulation.advance(to: 10)
        let down = simulation.receivers.attempts.filter { $0.groupLabels["alertname"] == "Down" }
        #expect(Set(down.prefix(3).map(\.id)).count == 1 && down.count == 3)
        let outcomes = simulation.record.attempts.filter { $0.groupKey.contains("Down") }
        #expect(outcomes.map(\.outcome) == [.failed, .failed, .accepted] && outcomes.map(\.attempt) == [1, 2, 3] && outcomes[0].detail == "503")
        #expect(simulation.record.attempts.contains { $0.outcome == .refused && $0.detail == "no" })
    }

    @Test("a receiver that never answers holds up nobody else, and has a bounded number of attempts underway")
    func deadReceiver() async throws {
        let receivers = FakeReceivers { $0.key.integration.receiver == "dead" ? nil : .accepted }
        let simulation = try Simulation(
            """
            route: {receiver: good, group_by: [alertname], group_wait: 1s, group_interval: 5m, routes: [{receiver: dead, continue: true}, {receiver: good}]}
            receivers: [{name: good, webhook_configs: [{url: 'http://a'}]}, {name: dead, webhook_configs: [{url: 'http://b'}]}]
            """, receivers: receivers)
        simulation.runner.take((0..<200).map { Simulation.alert("A\($0)") })
        await simulation.advance(to: 2)
        #expect(simulation.receivers.accepted.count == 200)
        #expect(simulation.runner.runningCount == 16)
        for delivery in simulation.receivers.attempts where delivery.key.integration.receiver == "dead" { receivers.end(delivery.id, .accepted) }
        await simulation.advance(to: 4)
        #expect(simulation.runner.runningCount == 16 && simulation.receivers.attempts.count == 200 + 32)
    }

    @Test("of one group and integration there is one attempt at a time: what is overtaken ends first")
    func oneAtATime() async throws {
        let receivers = FakeReceivers { _ in nil }
        let simulation = try Simulation(receivers: receivers)
        simulation.runner.take([Simulation.alert("Down", ["n": "1"])])
        await simulation.advance(to: 2)
        #expect(receivers.openCount == 1)
        simulation.runner.take([Simulation.alert("Down", ["n": "2"])])
        for second in 3...8 {
            await simulation.advance(to: Double(second))
            #expect(simulation.runner.runningCount == 1)
        }
        let attempts = receivers.attempts
        #expect(attempts.map(\.items.count) == [1, 2] && Set(attempts.map(\.id)).count == 2)
        receivers.end(attempts[1].id, .accepted)
        await simulation.advance(to: 20)
        #expect(receivers.accepted.count == 1 && receivers.attempts.count == 2)
    }

    @Test("a reload neither repeats what is underway nor leaves it behind; an integration that is gone is told nothing more")
    func reload() async throws {
        let receivers = FakeReceivers { _ in nil }
        let simulation = try Simulation(receivers: receivers)
        simulation.runner.take([Simulation.alert("Down")])
        await simulation.advance(to: 2)
        simulation.runner.reload(try Simulation.plan(Simulation.one + "\ntime_intervals: []"))
        await simulation.advance(to: 4)
        #expect(receivers.attempts.count == 1)
        receivers.end(receivers.attempts[0].id, .accepted)
        await simulation.advance(to: 6)
        #expect(receivers.attempts.count == 1)
        simulation.runner.take([Simulation.alert("Down", ["n": "2"])])
        await simulation.advance(to: 9)
        #expect(receivers.openCount == 1)
        simulation.runner.reload(try Simulation.plan("{route: {receiver: ops}, receivers: [{name: ops}]}"))
        await simulation.advance(to: 12)
        #expect(receivers.openCount == 0 && simulation.runner.runningCount == 0)
        #expect(try simulation.store.load().deliveries.isEmpty)
    }

    @Test("silences are kept when the call returns, and on record with who set them and what changed")
    func silences() async throws {
        let simulation = try Simulation()
        let runner = simulation.runner
        func set(_ silence: Silence, _ requester: Requester) async throws -> Silence {
            let task = Task { try await runner.set(silence, by: requester) }
            while runner.pendingCount == 0 { await Task.yield() }
            await simulation.settle()
            return try await task.value
        }
        var silence = Silence(
            matchers: [AlertMatcher(name: "alertname", equals: "Down")], startsAt: 0, endsAt: Simulation.start + 60_000, createdBy: "ada",
            comment: "why")
        let first = try await set(silence, Requester(authenticated: "login", address: "10.0.0.1"))
        #expect(first.id == "id1" && first.startsAt == Simulation.start)
        #expect(try simulation.store.load().silences == [first])
        silence = first
        silence.endsAt += 1000
        let second = try await set(silence, Requester(claimed: "bob"))
        #expect(second.id == first.id)
        let task = Task { try await runner.expire(second.id, by: Requester(address: "10.0.0.2")) }
        while runner.pendingCount == 0 { await Task.yield() }
        await simulation.settle()
        _ = try await task.value
        let audit = simulation.record.audit
        #expect(audit.map(\.action) == ["silence.set", "silence.set", "silence.expire"] && audit.allSatisfy { $0.object == first.id })
        #expect(audit.map(\.by.authenticated) == ["login", nil, nil] && audit.map(\.by.claimed) == ["ada", "bob", nil])
        #expect(audit[0].before == nil && audit[1].before == first.json(at: Simulation.start) && audit[1].after == second.json(at: Simulation.start))
        await #expect(throws: SilenceError.unknown(id: "x")) {
            let task = Task { try await runner.expire("x", by: .server) }
            while runner.pendingCount == 0 { await Task.yield() }
            await simulation.settle()
            _ = try await task.value
        }
    }

    @Test("the end gives attempts a short time, breaks off the rest, and leaves them queued")
    func ending() async throws {
        let store = MemoryStore()
        let receivers = FakeReceivers { _ in nil }
        let environment = NotifierRunner.Environment(
            clock: SystemClock(), store: store, recording: MemoryRecord(), externalAddress: "", newID: { "x" })
        let runner = try NotifierRunner(environment, try Simulation.plan(Simulation.one), receivers)
        runner.start()
        let now = SystemClock().now()
        let alerts = ["A", "B"].map { name in
            Alert(labels: Labels([(name: "alertname", value: name)]), startsAt: now - 10_000, endsAt: now + 600_000, updatedAt: now)
        }
        runner.take(alerts)
        while receivers.openCount < 2 { try await Task.sleep(for: .milliseconds(5)) }
        receivers.end(try #require(receivers.attempts.first { $0.groupLabels["alertname"] == "A" }).id, .accepted)
        while try store.load().log.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        await runner.shutDown(within: 200_000_000)
        let state = try store.load()
        #expect(state.deliveries.map { $0.groupLabels["alertname"] } == ["B"] && state.log.count == 1)
    }

    @Test("an alert that fired when the process ended has not run out while nobody could hear of it")
    func longStop() async throws {
        let simulation = try Simulation()
        var alert = Simulation.alert("Down")
        alert.endsAt = Simulation.start + 240_000
        simulation.runner.take([alert])
        await simulation.advance(to: 5)
        let next = try Simulation(store: simulation.store, at: Simulation.start + 900_000)
        await next.advance(to: 960)
        #expect(next.receivers.attempts.isEmpty)
        await next.advance(to: 1300)
        #expect(next.receivers.attempts.map(\.reason) == [.allResolved])
    }
}

extension MetricsRegistry {
    /// The sum of a metric's values.
    func value(of name: String) -> Double {
        snapshot().filter { $0.name == name }.flatMap(\.points).reduce(0) { sum, point in
            if case .number(let value) = point.value { sum + value } else { sum }
        }
    }
}
