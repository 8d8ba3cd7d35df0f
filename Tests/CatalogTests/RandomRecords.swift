import Model
import Notifier
import TestKit

@testable import Catalog

/// Entries and state with all the texts that may come from outside.
struct RandomValues {
    var random: SeededRandom

    init(_ seed: UInt64) { random = SeededRandom(seed) }

    private static let pieces = ["a", "é", "e\u{301}", "\"", "\\", "\n", "\u{0}", "日本", "{{", " ", ",", ":", "😀", "\u{7f}", "</b>", "'"]

    mutating func text() -> String { (0..<random.below(6)).map { _ in Self.pieces[random.below(Self.pieces.count)] }.joined() }
    mutating func optionalText() -> String? { flip() ? text() : nil }
    mutating func flip() -> Bool { random.below(2) == 0 }
    mutating func time() -> Timestamp { Workshop.start + Int64(random.below(1_000_000)) }

    mutating func value() -> Double {
        [0, -0.0, 1, 0.1, -1e300, 5e-324, .infinity, -.infinity, Double(random.below(1000)) / 7][random.below(9)]
    }

    mutating func pairs() -> [Label] {
        var names: Set<[UInt8]> = []
        return (0..<random.below(4)).compactMap { _ in
            let label = Label("n" + text(), text())
            return names.insert(Array(label.name.utf8)).inserted ? label : nil
        }
    }

    mutating func labels() -> Labels { Labels(pairs()).setting("alertname", "A\(random.below(5))") }
    mutating func requester() -> Requester { Requester(authenticated: optionalText(), claimed: optionalText(), address: text()) }
    mutating func one<T>(of all: [T]) -> T { all[random.below(all.count)] }

    mutating func entry() -> RecordEntry {
        switch random.below(4) {
        case 0:
            .audit(
                AuditRecord(
                    time: time(), by: requester(), action: text(), object: text(), before: optionalText(), after: optionalText(),
                    failure: optionalText()))
        case 1:
            .transition(
                TransitionRecord(
                    time: time(), group: text(), file: text(), labels: labels(), annotations: pairs(), from: one(of: TransitionRecord.State.allCases),
                    to: one(of: TransitionRecord.State.allCases), activeAt: time(), value: value()))
        case 2:
            .attempt(
                AttemptRecord(
                    time: time(), delivery: random.next(), receiver: text(), integration: text(), groupKey: text(), attempt: random.below(9),
                    outcome: one(of: AttemptRecord.Outcome.allCases), detail: text(), alerts: (0..<random.below(3)).map { _ in labels() },
                    isFiring: flip(), duration: Int64(random.below(1000))))
        default:
            .event(
                EventRecord(
                    id: text(), kind: one(of: EventRecord.Kind.allCases), startsAt: time(), endsAt: flip() ? time() : nil,
                    matchers: (0..<random.below(3)).map { _ in text() }, comment: text(), by: requester()))
        }
    }

    // MARK: The notifier's state

    mutating func alert(_ number: Int) -> Alert {
        let (now, guess) = (time(), flip())
        return Alert(
            labels: Labels([(name: "alertname", value: "A\(number)")]), annotations: pairs(), startsAt: time(),
            endsAt: now + (flip() ? 240_000 : -Int64(random.below(1000))), endIsGuess: guess, updatedAt: now, generatorAddress: text())
    }

    mutating func silence(_ id: Int) throws -> Silence {
        let kind: AlertMatcher.Kind = one(of: [.equal, .notEqual, .matches, .matchesNot])
        let isRegex = kind == .matches || kind == .matchesNot
        let matcher = try AlertMatcher(kind, "n" + text(), isRegex ? "a.*|b" : text())
        return Silence(id: "s\(id)", matchers: [matcher], startsAt: time(), endsAt: time(), updatedAt: time(), createdBy: text(), comment: text())
    }

    mutating func key() -> LogKey {
        LogKey(
            group: "{}/{a=\"\(random.below(3))\"}:{}" + one(of: ["é", "e\u{301}"]),
            integration: IntegrationKey(receiver: "r\(random.below(2))", kind: one(of: IntegrationKind.allCases), index: random.below(2)))
    }

    mutating func prints() -> Set<Fingerprint> { Set((0..<random.below(3)).map { _ in Fingerprint(value: random.next()) }) }

    mutating func logEntry() -> LogEntry { LogEntry(key: key(), firing: prints(), resolved: prints(), time: time(), expiresAt: time()) }

    mutating func delivery(_ id: UInt64) -> Delivery {
        let items = (0..<random.below(3)).map { _ in
            Delivery.Item(labels: labels(), annotations: pairs(), startsAt: time(), endsAt: flip() ? time() : nil, generatorAddress: text())
        }
        return Delivery(
            id: id, key: key(), groupLabels: labels(), items: items, reason: one(of: [.first, .newAlerts, .digest]), time: time(),
            repeatInterval: time(), firing: prints(), resolved: prints(), attempts: random.below(3))
    }
}
