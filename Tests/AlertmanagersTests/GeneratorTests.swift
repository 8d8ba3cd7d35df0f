import Foundation
import Model
import Testing

/// The life of alerts as receivers see it. The courses are those of the public compliance suite of alert generators, over rules of our own and, where
/// `MARTLET_CONFORMANCE` names their folder, over the suite's.
@Suite("Alert generator")
struct GeneratorTests {
    /// A stretch in which a receiver must be told the same again and again.
    struct Phase {
        var isResolved = false
        /// In steps: the first one that asks for it, and the first that does not.
        let from: Int
        let to: Int
        /// When the alert began to fire, and was resolved, in steps.
        let fired: Int
        var resolved = 0
        var annotations: [String: String] = [:]
        /// The state is as before, and what is told changes with the next message that is due.
        var goesOn = false
    }

    struct Expected {
        let labels: String
        let phases: [Phase]
        /// Runs of states, without repetitions.
        let states: [String]
    }

    struct Scenario: CustomTestStringConvertible, Sendable {
        let name: String
        let make: @Sendable (Names) -> (courses: [GeneratorWorld.Course], expected: [Expected])
        var minutesMore = 6
        var testDescription: String { name }
    }

    /// What our rules and the suite's call things.
    struct Names: Sendable {
        let isSuite: Bool

        func series(_ group: String, _ rule: String, _ more: String = "") -> String {
            "\(isSuite ? "alert_generator_test_suite" : "reading"){alertname=\"\(group)_\(rule)\",rulegroup=\"\(group)\"\(more)}"
        }

        func text(_ suite: String, _ own: String) -> String { isSuite ? suite : own }

        func labels(_ group: String, _ rule: String, _ pairs: KeyValuePairs<String, String>) -> String {
            let all = [Label("alertname", "\(group)_\(rule)"), Label("rulegroup", group)] + pairs.map { Label($0.key, $0.value) }
            return "\(Labels(all))"
        }
    }

    private static let interval: Int64 = 30_000
    private static let resendDelay: Int64 = 60_000

    @Test("our own rules", arguments: GeneratorScenarios.all)
    func own(_ scenario: Scenario) async throws {
        try await Self.check(scenario, GeneratorScenarios.rules, Names(isSuite: false))
    }

    @Test("the suite's rules", arguments: GeneratorScenarios.all)
    func suite(_ scenario: Scenario) async throws {
        guard let folder = ProcessInfo.processInfo.environment["MARTLET_CONFORMANCE"] else {
            return print("SKIPPED: MARTLET_CONFORMANCE is not set, the alert generator's rules are not checked")
        }
        let rules = try String(contentsOfFile: folder + "/alert-generator/rules.yaml", encoding: .utf8)
        try await Self.check(scenario, rules, Names(isSuite: true))
    }

    private static func check(_ scenario: Scenario, _ rules: String, _ names: Names) async throws {
        let world = try GeneratorWorld(rules: rules)
        let (courses, expected) = scenario.make(names)
        try await world.run(courses, minutesMore: scenario.minutesMore)
        #expect(world.disagreements == [])
        #expect(world.messages.keys.sorted() == expected.filter { !$0.phases.isEmpty }.map(\.labels).sorted())
        for alert in expected {
            check(world.messages[alert.labels] ?? [], alert)
            var runs = world.states[alert.labels] ?? []
            runs = runs.enumerated().filter { $0.offset == 0 || runs[$0.offset - 1] != $0.element }.map(\.element)
            #expect(runs == alert.states, "\(alert.labels)")
        }
    }

    private static func check(_ messages: [GeneratorWorld.Message], _ alert: Expected) {
        var rest = messages[...]
        var last = Int64.min
        for phase in alert.phases {
            let begin = Int64(phase.from) * GeneratorWorld.step
            let end = Int64(phase.to) * GeneratorWorld.step
            let count = rest.prefix { $0.isResolved == phase.isResolved && $0.annotations == phase.annotations && $0.time < end + interval }.count
            let told = rest.prefix(count)
            rest = rest.dropFirst(count)
            let context = "\(alert.labels) from step \(phase.from): \(told.map(\.time)), then \(rest.first.map { "\($0)" } ?? "nothing")"
            guard let first = told.first else {
                Issue.record("nothing came: \(context)")
                return
            }
            let latest = phase.goesOn ? max(begin + interval, last + resendDelay + interval + 1) : begin + interval
            #expect((begin..<latest).contains(first.time), "\(context)")
            var before = phase.goesOn ? last : nil
            for message in told {
                if let before { #expect((resendDelay...resendDelay + interval).contains(message.time - before), "\(context)") }
                check(message, phase, context)
                before = message.time
            }
            last = told.last?.time ?? last
            #expect(last >= end - resendDelay - interval - 1, "\(context)")
        }
        #expect(rest.isEmpty, "\(alert.labels): nothing more was to come: \(rest)")
    }

    private static func check(_ message: GeneratorWorld.Message, _ phase: Phase, _ context: String) {
        func isWithin(_ time: Int64, _ step: Int) -> Bool { (0..<interval).contains(time - Int64(step) * GeneratorWorld.step) }
        #expect(isWithin(message.startsAt, phase.fired), "startsAt \(message.startsAt): \(context)")
        if phase.isResolved {
            #expect(isWithin(message.endsAt, phase.resolved), "endsAt \(message.endsAt): \(context)")
        } else {
            // Sent within the second of the evaluation.
            #expect((0..<1000).contains(message.time + 4 * max(interval, resendDelay) - message.endsAt), "endsAt \(message.endsAt): \(context)")
        }
    }
}
