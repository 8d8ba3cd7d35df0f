import Glibc
import Model
import Rules
import TSDB
import TestKit
import Testing

/// Two servers get the same data for days; one is restarted and reloaded at random moments. But for the time that an outage may cost, both must have
/// the same alerts.
@Suite("Interruptions")
struct InterruptionTests {
    private static let rules = """
        - {alert: Now, expr: x == 1, labels: {rule: '{{ $labels.i }}'}}
        - {alert: Short, expr: x == 1, for: 3m}
        - {alert: Held, expr: x == 1, for: 2m, keep_firing_for: 5m}
        - {alert: Long, expr: x == 1, for: 30m}
        - {alert: Chained, expr: 'count by (i) (ALERTS{alertname="Long", alertstate="firing"}) > 0', for: 1m}
        """
    private static let more = [
        "", "\n- {record: other, expr: sum(x)}", "\n- {alert: Other, expr: x > 5}",
        "\n- {alert: Short, expr: x == 7, for: 3m, labels: {another: one}}",
    ]
    private static let minute: Int64 = 60_000
    /// What an outage may cost beside its own length: the longest `for` with the chained one's, the grace period, the longest `keep_firing_for`, and
    /// the evaluations before alerts are restored and until the lookback has forgotten what was not ended.
    private static let grace = (31 + 10 + 5 + 3 + 6) * minute

    /// A month is 43200 minutes; `MARTLET_RULE_MINUTES` sets how many are tried.
    private static let minutes = getenv("MARTLET_RULE_MINUTES").flatMap { Int(String(cString: $0)) } ?? 3000

    @Test("restarts and reloads change nothing that they need not", arguments: [UInt64(getpid())])
    func interruptions(seed: UInt64) throws {
        print("interruptions: seed \(seed), \(Self.minutes) minutes")
        var random = SeededRandom(seed)
        let calm = try Simulation(oneGroup(Self.rules))
        let shaken = try Simulation(oneGroup(Self.rules))
        var values: [Double] = [0, 0, 0, 0]
        var downUntil: Timestamp = 0
        var quietUntil = calm.now + Self.grace
        var (compared, restarts, reloads, active) = (0, 0, 0, 0)
        for _ in 0..<Self.minutes {
            for index in values.indices where random.below(values[index] == 1 ? 30 : 60) == 0 { values[index] = 1 - values[index] }
            let next = calm.now + Self.minute
            try advance(calm, values)
            shaken.clock.set(next)
            if next < downUntil { continue }
            if downUntil > 0 {
                downUntil = 0
                shaken.restart()
            }
            shaken.clock.set(next - Self.minute)
            try advance(shaken, values)
            if random.below(300) == 0 {
                restarts += 1
                let outage = Int64(1 + random.below(30)) * Self.minute
                downUntil = next + outage
                quietUntil = max(quietUntil, next) + outage + Self.grace
            } else if random.below(100) == 0 {
                reloads += 1
                try shaken.load(oneGroup(Self.rules + Self.more[random.below(Self.more.count)]))
            }
            guard next > quietUntil else { continue }
            compared += 1
            let wanted = try calm.query("ALERTS")
            active += wanted.count
            let got = try shaken.query("ALERTS")
            guard got == wanted else {
                Issue.record("seed \(seed), minute \((next - Simulation.start) / Self.minute): \(got) instead of \(wanted)")
                return
            }
        }
        print("interruptions: \(compared) minutes compared, \(active) alerts, \(restarts) restarts, \(reloads) reloads")
        #expect(compared > Self.minutes / 4)
        #expect(active > compared)
    }

    private func advance(_ world: Simulation, _ values: [Double]) throws {
        let time = world.now + Self.minute
        world.clock.set(time)
        for (index, value) in values.enumerated() { try world.append("x{i=\"\(index)\"}", value) }
        for group in world.manager.groups { group.evaluate(at: time) }
    }
}
