import Model
import Notifier
import TestKit
import Testing

@testable import Notifications

/// Processes that die at any moment: whatever was to be told is told at least once, and twice only what had been accepted and was not kept yet.
struct CrashTests {
    private typealias Simulation = RunnerSimulation

    /// What a life of random alerts and deaths has come to.
    private struct Story {
        let store = MemoryStore()
        let receivers: FakeReceivers
        var random: SeededRandom
        var simulation: Simulation
        var seconds = 0.0
        var firing: Set<Int> = []
        var began: [Int: Double] = [:]
        var deaths = 0
        /// Deliveries that were queued in the store at each death.
        var underwayAtDeath: [UInt64: Int] = [:]

        init(seed: UInt64) throws {
            random = SeededRandom(seed)
            let store = store
            // What a dead process sends does not come to anything.
            receivers = FakeReceivers { [store] delivery in
                if store.isDead { return nil }
                return delivery.id % 5 == 0 && delivery.attempts == 1 ? .failed("busy", retryAfter: nil) : .accepted
            }
            simulation = try Simulation(store: store, receivers: receivers)
        }

        mutating func live() async throws {
            for _ in 0..<12 {
                store.die(after: 1 + random.below(10), atOnce: random.below(2) == 0)
                for _ in 0..<40 where !store.isDead { await step() }
                try await restart()
            }
            for number in firing { simulation.runner.take([alert(number, resolved: true)]) }
            firing = []
            await advance(by: 60)
        }

        private mutating func step() async {
            let number = random.below(3)
            let isFiring = firing.contains(number)
            if !isFiring { began[number] = seconds }
            simulation.runner.take([alert(number, resolved: isFiring)])
            if isFiring { firing.remove(number) } else { firing.insert(number) }
            await sendAgain()
            await advance(by: 1)
        }

        private func alert(_ number: Int, resolved: Bool) -> Alert {
            // Valid for a while, as what rules send.
            var alert = Simulation.alert("A\(number)", since: began[number] ?? seconds, resolvedAt: resolved ? seconds : seconds + 8)
            alert.updatedAt = Simulation.start + Int64(seconds * 1000)
            return alert
        }

        /// As rules do, that send again what fires.
        private func sendAgain() async { simulation.runner.take(firing.sorted().map { alert($0, resolved: false) }) }

        private mutating func advance(by time: Double) async {
            seconds += time
            await simulation.advance(to: seconds)
        }

        private mutating func restart() async throws {
            deaths += 1
            for delivery in try store.load().deliveries { underwayAtDeath[delivery.id, default: 0] += 1 }
            store.live()
            for delivery in receivers.attempts { receivers.end(delivery.id, .failed("dead", retryAfter: nil)) }
            simulation = try Simulation(store: store, receivers: receivers, at: Simulation.start + Int64(seconds * 1000))
            await sendAgain()
            await advance(by: 1)
        }
    }

    @Test("each notification at least once, and one too many only where acceptance was not kept", arguments: 1...12)
    func random(_ seed: UInt64) async throws {
        var story = try Story(seed: seed)
        try await story.live()
        let accepted = Dictionary(grouping: story.receivers.accepted, by: \.id)
        for (id, all) in accepted where all.count > 1 {
            #expect(all.count - 1 <= story.underwayAtDeath[id, default: 0], "seed \(seed), delivery \(id) arrived \(all.count) times")
            #expect(Set(all.map(\.items)).count == 1, "seed \(seed): a repeated delivery says the same")
        }
        // At the end every group has been told that all is over, unless it never heard of anything.
        #expect(try story.store.load().deliveries.isEmpty, "seed \(seed)")
        for number in 0..<3 {
            let told = story.receivers.accepted.filter { $0.groupLabels["alertname"] == "A\(number)" }
            #expect(told.last.map { !$0.isFiring } ?? true, "seed \(seed), A\(number): \(told.map(\.reason))")
        }
        #expect(story.receivers.accepted.count > 10 && story.deaths == 12, "seed \(seed)")
    }
}
