import Model
import TestKit
import Testing

@testable import Catalog

@Suite("The history of alerts")
struct AlertHistoryTests {
    private typealias State = TransitionRecord.State

    @Test("steps of a rule are put on record as they are told")
    func usual() {
        var history = AlertHistory([])
        let steps: [(State, State)] = [(.inactive, .pending), (.pending, .firing), (.firing, .pending), (.pending, .firing), (.firing, .inactive)]
        for (time, step) in steps.enumerated() {
            let told = TransitionRecord.make("A", step.0, step.1, at: Timestamp(time), activeAt: 0)
            #expect(history.take(told) == told)
        }
        #expect(history.count == 0)
    }

    /// What is on record, what a rule tells after a start, and what of it is put on record.
    struct Case: Sendable, CustomTestStringConvertible {
        let open: TransitionRecord.State?
        let told: [(TransitionRecord.State, TransitionRecord.State)]
        let recorded: [String]

        var testDescription: String { "\(open?.rawValue ?? "nothing"), then \(told.map(\.1.rawValue))" }
    }

    static let cases = [
        Case(open: nil, told: [(.inactive, .firing)], recorded: ["inactive firing"]),
        Case(open: .firing, told: [(.inactive, .firing)], recorded: []),
        Case(open: .firing, told: [(.inactive, .pending), (.pending, .firing)], recorded: []),
        Case(open: .firing, told: [(.inactive, .pending), (.pending, .firing), (.firing, .inactive)], recorded: ["firing inactive"]),
        Case(open: .firing, told: [(.inactive, .pending), (.pending, .inactive)], recorded: ["firing inactive"]),
        Case(open: .pending, told: [(.inactive, .pending)], recorded: []),
        Case(open: .pending, told: [(.inactive, .pending), (.pending, .firing)], recorded: ["pending firing"]),
        Case(open: .pending, told: [(.inactive, .firing)], recorded: ["pending firing"]),
        Case(open: .firing, told: [(.firing, .pending), (.pending, .firing)], recorded: ["firing pending", "pending firing"]),
        Case(open: nil, told: [(.firing, .inactive)], recorded: []),
    ]

    @Test("what was on record goes on after a start", arguments: cases)
    func afterStart(_ one: Case) {
        var history = AlertHistory(one.open.map { [TransitionRecord.make("A", .inactive, $0, at: 10)] } ?? [])
        let recorded = one.told.enumerated().compactMap { time, step in
            history.take(TransitionRecord.make("A", step.0, step.1, at: 100 + Timestamp(time)))
        }
        #expect(recorded.map { "\($0.from.rawValue) \($0.to.rawValue)" } == one.recorded)
        if one.open != nil { #expect(recorded.allSatisfy { $0.activeAt == 10 }) }
    }

    @Test("what has not come back when its group is settled has ended")
    func settled() {
        let (a, b, c) = (
            TransitionRecord.make("A", .inactive, .firing), TransitionRecord.make("B", .inactive, .pending),
            TransitionRecord.make("C", .inactive, .firing, group: "h")
        )
        var history = AlertHistory([a, b, c])
        #expect(history.settle(file: "rules.yml", group: "g", active: [a.labels], unknown: ["B"], at: 99).isEmpty)
        let ended = history.settle(file: "rules.yml", group: "g", active: [a.labels], unknown: [], at: 99)
        #expect(ended.map(\.labels) == [b.labels] && ended.map(\.from) == [.pending] && ended.map(\.to) == [.inactive] && ended.map(\.time) == [99])
        #expect(history.retain(at: 100) { _, group in group == "g" }.map(\.labels) == [c.labels])
        #expect(history.count == 1)
    }

    @Test("over crashes at any point the record goes from state to state and ends where the alerts are", arguments: 1...20)
    func crashes(seed: Int) throws {
        var world = CrashingWorld(UInt64(seed))
        for _ in 0..<400 { world.step() }
        world.settleDown()
        #expect(world.problems == [], "seed \(seed)")
    }
}

/// Alerts that come and go, a rule that finds them again after each crash as rules do, and what of it is committed.
private struct CrashingWorld {
    private var random: SeededRandom
    private var time: Timestamp = 0
    /// Which conditions hold.
    private var holds: Set<Int> = []
    /// What the running rule believes; nil before the first evaluation behind a start.
    private var rule: [Int: TransitionRecord.State] = [:]
    private var evaluations = 0
    private var history = AlertHistory([])
    private var queue: [TransitionRecord] = []
    private var committed: [TransitionRecord] = []

    init(_ seed: UInt64) { random = SeededRandom(seed) }

    mutating func step() {
        time += 1
        switch random.below(12) {
        case 0: crash()
        case 1, 2, 3: toggle(random.below(5))
        case 4, 5: commit(random.below(queue.count + 1))
        default: evaluate()
        }
    }

    /// The conditions stay as they are until everything is told and kept.
    mutating func settleDown() {
        for _ in 0..<6 {
            time += 1
            evaluate()
        }
        commit(queue.count)
    }

    private mutating func toggle(_ alert: Int) {
        if holds.remove(alert) == nil { holds.insert(alert) }
    }

    /// As a rule with a `for` of one evaluation does.
    private mutating func evaluate() {
        evaluations += 1
        for alert in 0..<5 {
            let before = rule[alert] ?? .inactive
            let now: TransitionRecord.State = !holds.contains(alert) ? .inactive : before == .inactive ? .pending : .firing
            guard now != before else { continue }
            rule[alert] = now
            if let record = history.take(.make("A\(alert)", before, now, at: time)) { queue.append(record) }
        }
        guard evaluations == 3 else { return }
        let active = rule.filter { $0.value != .inactive }.map { TransitionRecord.make("A\($0.key)", .inactive, .firing).labels }
        queue += history.settle(file: "rules.yml", group: "g", active: Set(active), unknown: [], at: time)
    }

    private mutating func commit(_ count: Int) {
        committed += queue.prefix(count)
        queue.removeFirst(count)
    }

    private mutating func crash() {
        queue = []
        rule = [:]
        evaluations = 0
        history = AlertHistory(Array(open.values))
    }

    private var open: [Labels: TransitionRecord] {
        committed.reduce(into: [:]) { open, record in open[record.labels] = record.to == .inactive ? nil : record }
    }

    var problems: [String] {
        var states: [Labels: TransitionRecord.State] = [:]
        var problems: [String] = []
        for record in committed {
            let before = states[record.labels] ?? .inactive
            if record.from != before || record.to == before {
                problems.append("\(record.labels) at \(record.time): \(before) before \(record.from) → \(record.to)")
            }
            states[record.labels] = record.to
        }
        let firing = Set(states.filter { $0.value == .firing }.keys)
        let expected = Set(holds.map { TransitionRecord.make("A\($0)", .inactive, .firing).labels })
        if firing != expected { problems.append("in the end \(firing) and not \(expected)") }
        return problems
    }
}
