import Glibc
import Model
import Rules
import TSDB
import TestKit
import Testing

/// Two servers get the same data for days; one is restarted and reloaded at random moments. But for the time that an outage may cost, both must have
/// the same alerts: in the API, in their series, since the same times.
@Suite("Interruptions")
struct InterruptionTests {
    /// A month is 43200 minutes; `MARTLET_RULE_MINUTES` sets how many are tried.
    private static let minutes = getenv("MARTLET_RULE_MINUTES").flatMap { Int(String(cString: $0)) } ?? 2000

    @Test("restarts and reloads change nothing that they need not", arguments: [UInt64(getpid())])
    func interruptions(seed: UInt64) throws {
        print("interruptions: seed \(seed), \(Self.minutes) minutes")
        let trial = try InterruptionTrial(seed)
        for _ in 0..<Self.minutes {
            try trial.minute()
            if let difference = try trial.difference() {
                Issue.record("seed \(seed), minute \((trial.calm.now - Simulation.start) / InterruptionTrial.minute): \(difference)")
                return
            }
        }
        print("interruptions: \(trial.counts)")
        #expect(trial.counts.compared > Self.minutes / 4)
        #expect(trial.counts.alerts > trial.counts.compared)
        #expect(trial.counts.withoutData > Self.minutes / 10)
        // In a short time there may be no restart while a series is silent.
        #expect(trial.counts.silentSinceBefore > 0 || Self.minutes < 20_000)
    }
}

/// Both servers, and what may differ at the moment.
private final class InterruptionTrial {
    struct Counts {
        var compared = 0
        var alerts = 0
        /// Alerts of rules with `no_data` that were compared, and those of series that were silent the whole time since before a restart.
        var withoutData = 0
        var silentSinceBefore = 0
        var restarts = 0
        var reloads = 0
    }

    static let minute: Int64 = 60_000
    private static let rules = """
        - {alert: Now, expr: x == 1, labels: {rule: '{{ $labels.i }}'}, annotations: {text: '{{ $labels.i }} is {{ $value }}'}}
        - {alert: Short, expr: x == 1, for: 3m}
        - {alert: Held, expr: x == 1, for: 2m, keep_firing_for: 5m}
        - {alert: Long, expr: x == 1, for: 30m}
        - {alert: Chained, expr: 'count by (i) (ALERTS{alertname="Long", alertstate="firing"}) > 0', for: 1m}
        - {alert: Kept, expr: x == 1, no_data: keep, labels: {i: '{{ $labels.i }}'}}
        - {alert: KeptLong, expr: x == 1, for: 20m, no_data: keep}
        - {alert: Missed, expr: x > 5, no_data: alert}
        - {alert: MissedLong, expr: x > 5, for: 20m, no_data: alert}
        """
    private static let more = [
        "", "\n- {record: other, expr: sum(x)}", "\n- {alert: Other, expr: x > 5}",
        "\n- {alert: Short, expr: x == 7, for: 3m, labels: {another: one}}",
    ]
    private static let forgetful = #"alertname=~"Kept.*|Missed.*""#
    /// What an outage may cost beside its own length: the longest `for` with the chained one's, the grace period, the longest `keep_firing_for`, and
    /// the evaluations before alerts are restored and until the lookback has forgotten what was not ended.
    private static let grace = (31 + 10 + 5 + 3 + 6) * minute
    /// Until alerts are restored, and what was not ended is forgotten.
    private static let short = 10 * minute

    private struct Series {
        var value = 0.0
        var isSilent = false
        /// Since when it is silent, or is not.
        var since = Simulation.start
        /// Whether it has had data for long enough since the last restart that both have seen the same of it.
        var isSettled = false
        /// Silent since before the restart, when both had the same alerts for it.
        var isRemembered = false
    }

    let calm: Simulation
    private let shaken: Simulation
    private var random: SeededRandom
    private var series = [Series](repeating: Series(), count: 4)
    private var downUntil: Timestamp = 0
    private var restarted: Timestamp
    /// Alerts of before are not compared by since when they are active.
    private var quietUntil: Timestamp
    private(set) var counts = Counts()

    init(_ seed: UInt64) throws {
        random = SeededRandom(seed)
        calm = try Simulation(oneGroup(Self.rules))
        shaken = try Simulation(oneGroup(Self.rules))
        restarted = calm.now
        quietUntil = calm.now + Self.grace
    }

    private var isUp: Bool { downUntil == 0 }

    func minute() throws {
        let next = calm.now + Self.minute
        for index in series.indices { change(&series[index], next) }
        try advance(calm, next)
        shaken.clock.set(next)
        if next < downUntil { return }
        if !isUp {
            downUntil = 0
            restarted = next
            shaken.restart()
        }
        try advance(shaken, next)
        for index in series.indices where !series[index].isSilent && next - max(series[index].since, restarted) > Self.grace {
            series[index].isSettled = true
        }
        try interrupt(next)
    }

    /// Values change, and series fall silent for up to some hours.
    private func change(_ one: inout Series, _ now: Timestamp) {
        if random.below(one.value == 1 ? 30 : 60) == 0 { one.value = 1 - one.value }
        guard random.below(one.isSilent ? 90 : 400) == 0 else { return }
        one.isSilent.toggle()
        one.since = now
        one.isRemembered = false
    }

    private func advance(_ world: Simulation, _ time: Timestamp) throws {
        world.clock.set(time)
        for (index, one) in series.enumerated() where !one.isSilent { try world.append("x{i=\"\(index)\"}", one.value) }
        for group in world.manager.groups { group.evaluate(at: time) }
    }

    private func interrupt(_ now: Timestamp) throws {
        // A server that falls down before it has restored anything may forget what its predecessor knew.
        if random.below(300) == 0, now - restarted > Self.short {
            counts.restarts += 1
            let outage = Int64(1 + random.below(30)) * Self.minute
            downUntil = now + outage
            quietUntil = max(quietUntil, now) + outage + Self.grace
            for index in series.indices {
                series[index].isRemembered =
                    series[index].isSilent && now - series[index].since > Self.short && (series[index].isSettled || series[index].isRemembered)
                series[index].isSettled = false
            }
        } else if random.below(100) == 0 {
            counts.reloads += 1
            try shaken.load(oneGroup(Self.rules + Self.more[random.below(Self.more.count)]))
        }
    }

    // MARK: Comparison

    /// What differs that should not.
    func difference() throws -> String? {
        guard isUp, calm.now - restarted > Self.short else { return nil }
        for (index, one) in series.enumerated() {
            if let difference = try difference(of: one, "\(index)") { return difference }
        }
        guard calm.now > quietUntil else { return nil }
        counts.compared += 1
        let plain = Self.forgetful.replacing("=~", with: "!~")
        counts.alerts += try calm.query("ALERTS{\(plain)}").count
        // Of alerts that have begun since, the times are the same too.
        let begun = "ALERTS_FOR_STATE{\(plain)} > \((quietUntil - 1) / 1000)"
        return try unlike("ALERTS{\(plain)}") ?? unlike(begun) ?? unlikeReports(of: nil)
    }

    private func difference(of one: Series, _ name: String) throws -> String? {
        let alerts = "ALERTS{\(Self.forgetful), i=\"\(name)\"}"
        if one.isSilent, calm.now - one.since > Self.short, try shaken.query("ALERTS{alertname=~\"Missed.*\", i=\"\(name)\"}").count != 2 {
            return "series \(name) is silent and not missed"
        }
        if one.isSettled {
            counts.withoutData += try calm.query(alerts).count
            return try unlike(alerts) ?? unlikeReports(of: name)
        }
        guard one.isRemembered else { return nil }
        let remembered = "ALERTS{alertname!=\"MissedLong\", \(Self.forgetful), i=\"\(name)\"}"
        counts.silentSinceBefore += try calm.query(remembered).count
        // Its `for` is put off by the outage.
        return try unlike(remembered) ?? unlike("count by (i) (\(alerts))")
    }

    private func unlike(_ query: String) throws -> String? {
        let (wanted, got) = (try calm.query(query), try shaken.query(query))
        return got == wanted ? nil : "\(query): \(got) instead of \(wanted)"
    }

    /// Compares what the API shows: of the alerts of rules with `no_data` for a series, or of all others.
    private func unlikeReports(of name: String?) -> String? {
        func shown(_ world: Simulation) -> [String] {
            world.alerts.filter { alert in
                let isForgetful = ["Kept", "KeptLong", "Missed", "MissedLong"].contains(alert.labels["alertname"])
                return name.map { isForgetful && alert.labels["i"] == $0 } ?? !isForgetful
            }.map { alert in
                "\(alert.labels) \(alert.state) \(alert.value) \(alert.annotations.map { "\($0.name)=\($0.value)" })"
            }.sorted()
        }
        let (wanted, got) = (shown(calm), shown(shaken))
        return got == wanted ? nil : "the API: \(got) instead of \(wanted)"
    }
}
