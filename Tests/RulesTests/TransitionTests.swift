import Model
import Rules
import Synchronization
import Testing

/// Keeps what it is told of alerts.
final class ToldTransitions: AlertTransitionSink {
    private struct State {
        var all: [AlertTransition] = []
        var settled: [ActiveAlerts] = []
        var applied: [String] = []
        var calls = 0
    }

    private let state = Mutex(State())

    func changed(_ transitions: [AlertTransition]) {
        state.withLock { state in
            state.all += transitions
            state.calls += 1
        }
    }

    func settled(_ alerts: ActiveAlerts, at time: Timestamp) { state.withLock { $0.settled.append(alerts) } }

    func applied(at time: Timestamp, _ isInForce: (_ file: String, _ group: String) -> Bool) {
        let known = ["g", "h"].filter { isInForce("r.yml", $0) }
        state.withLock { $0.applied.append(known.joined(separator: " ")) }
    }

    /// How often something had changed.
    var calls: Int { state.withLock { $0.calls } }
    var applied: [String] { state.withLock { $0.applied } }

    func takeSettled() -> [ActiveAlerts] {
        state.withLock { state in
            defer { state.settled = [] }
            return state.settled
        }
    }

    func take() -> [AlertTransition] {
        state.withLock { state in
            defer { state.all = [] }
            return state.all
        }
    }

    /// As `a:inactive>pending`, by the label `i`.
    func takeTexts() -> String { take().map { "\($0.labels["i"] ?? ""):\($0.from.name)>\($0.to.name)" }.sorted().joined(separator: " ") }
}

@Suite("Transitions of alerts")
struct TransitionTests {
    private let a = "x{i=\"a\"}"

    @Test("each step of an alert is told once, with what it knows")
    func steps() throws {
        let world = try Simulation(
            oneGroup("- {alert: A, expr: x > 0, for: 2m, labels: {severity: critical}, annotations: {s: 'it is {{ $value }}'}}"))
        try world.step([a: 5])
        let began = world.now
        let first = try #require(world.transitions.take().first)
        #expect(first.from == .inactive && first.to == .pending && first.time == began && first.activeAt == began && first.value == 5)
        #expect(first.file == "r.yml" && first.group == "g" && first.annotations == [Label("s", "it is 5")])
        #expect(first.labels == Labels([(name: "alertname", value: "A"), (name: "i", value: "a"), (name: "severity", value: "critical")]))
        try world.step([a: 5])
        #expect(world.transitions.takeTexts() == "")
        try world.step([a: 6])
        let second = try #require(world.transitions.take().first)
        #expect(second.from == .pending && second.to == .firing && second.activeAt == began && second.time == world.now && second.value == 6)
        for _ in 0..<3 { try world.step([a: 6]) }
        #expect(world.transitions.calls == 2)
        try world.step([a: 0])
        #expect(world.transitions.takeTexts() == "a:firing>inactive")
        for _ in 0..<20 { try world.step([a: 0]) }
        #expect(world.transitions.calls == 3)
    }

    /// Values a minute, and what is told in each.
    struct Course: Sendable {
        let rule: String
        let values: [Double]
        let told: [String]
    }

    @Test(
        "what is told",
        arguments: [
            Course(rule: "expr: x > 0", values: [1, 1, 0, 1], told: ["a:inactive>firing", "", "a:firing>inactive", "a:inactive>firing"]),
            Course(rule: "expr: x > 0, for: 2m", values: [1, 0, 1], told: ["a:inactive>pending", "a:pending>inactive", "a:inactive>pending"]),
            Course(
                rule: "expr: x > 0, keep_firing_for: 90s", values: [1, 0, 1, 0, 0, 0],
                told: ["a:inactive>firing", "", "", "", "", "a:firing>inactive"]),
        ])
    func courses(_ course: Course) throws {
        let world = try Simulation(oneGroup("- {alert: A, \(course.rule)}"))
        for (value, told) in zip(course.values, course.told) {
            try world.step([a: value])
            #expect(world.transitions.takeTexts() == told)
        }
    }

    @Test("alerts that a limit ends are told to have ended")
    func limit() throws {
        let world = try Simulation(oneGroup("- {alert: A, expr: x > 0}", "limit: 1"))
        try world.step([a: 1])
        #expect(world.transitions.takeTexts() == "a:inactive>firing")
        try world.step([a: 1, "x{i=\"b\"}": 1])
        #expect(world.transitions.takeTexts() == "a:firing>inactive")
    }

    @Test("a raised `for` makes a firing alert pending again")
    func raised() throws {
        let world = try Simulation(oneGroup("- {alert: A, expr: x > 0, for: 1m}"))
        for _ in 0..<2 { try world.step([a: 1]) }
        #expect(world.transitions.takeTexts() == "a:inactive>pending a:pending>firing")
        try world.load(oneGroup("- {alert: A, expr: x > 0, for: 5m}"))
        try world.step([a: 1])
        #expect(world.transitions.takeTexts() == "a:firing>pending")
    }

    @Test("a group says which alerts it has once they are restored, and not while a rule of it cannot be evaluated")
    func settled() throws {
        let world = try Simulation(oneGroup("- {alert: A, expr: x > 0}\n- {alert: B, expr: 'x > 0 or x + on () group_left y'}"))
        try world.append("y{j=\"1\"}", 1)
        try world.append("y{j=\"2\"}", 1)
        #expect(world.transitions.applied == ["g"])
        for _ in 0..<2 {
            try world.step([a: 1, "y{j=\"1\"}": 1, "y{j=\"2\"}": 1])
            #expect(world.transitions.takeSettled().isEmpty)
        }
        try world.step([a: 1, "y{j=\"1\"}": 1, "y{j=\"2\"}": 1])
        let incomplete = try #require(world.transitions.takeSettled().first)
        #expect(incomplete.unknown == ["B"] && incomplete.labels.map { $0["alertname"] } == ["A"])
        try world.step([a: 0], by: 600_000)
        #expect(world.transitions.takeSettled().map(\.unknown) == [[]])
        try world.step([a: 0])
        #expect(world.transitions.takeSettled().isEmpty)
    }

    @Test("what is in force is told at each reload, and a group that has changed says again which alerts it has")
    func reload() throws {
        let world = try Simulation(oneGroup("- {alert: A, expr: x > 0}\n- {alert: B, expr: x > 1}"))
        for _ in 0..<3 { try world.step([a: 5]) }
        #expect(world.transitions.takeSettled().map(\.labels.count) == [2])
        try world.load(oneGroup("- {alert: A, expr: x > 0}"))
        try world.step([a: 5])
        #expect(world.transitions.takeSettled().map { $0.labels.map { $0["alertname"] } } == [["A"]])
        try world.step([a: 5])
        #expect(world.transitions.takeSettled().isEmpty)
        try world.load("groups:\n  - name: h\n    rules: [{alert: A, expr: x > 0}]")
        #expect(world.transitions.applied == ["g", "g", "h"])
    }
}
