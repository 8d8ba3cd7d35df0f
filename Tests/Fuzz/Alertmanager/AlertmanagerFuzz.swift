import HTTPAPI
import Model
import Notifier
import TestKit

/// Feeds damaged bodies to the readers of alerts and silences and checks what must hold for any bytes: JSON that is written back is read as the same,
/// an alert has a label and does not end before it begins, and a silence that is shown can be posted again.
public struct AlertmanagerFuzz {
    /// What went wrong, with the body that did it.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public private(set) var taken = 0
    public private(set) var refused = 0

    private static let now: Timestamp = 1_800_000_000_000
    private static let corpusLimit = 2000
    private let seed: UInt64
    private var number: UInt64 = 0
    private var corpus = seeds.map { Array($0.utf8) }

    private static let seeds = [
        #"[{"labels":{"alertname":"A","é":"x"},"annotations":{"t":"\u00e9\n"},"startsAt":"2026-11-27T10:00:00Z","generatorURL":"http://x/y"}]"#,
        #"[{"labels":{"a":"b"},"endsAt":"2026-11-27T10:00:00.123+02:00"},{"labels":{"c":""}},{"labels":{}}]"#,
        #"{"matchers":[{"name":"a","value":"b|c","isRegex":true,"isEqual":false}],"startsAt":"2027-01-01T00:00:00Z","endsAt":"2028-01-01T00:00:00Z","createdBy":"x","comment":"y"}"#,
        #"{"id":"x","matchers":[{"name":"a","value":"b","isRegex":false}],"startsAt":"0001-01-01T00:00:00Z","endsAt":"2029-01-01T00:00:00Z","createdBy":"","comment":""}"#,
    ]

    private static let words = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud83d\\ude00", "null", "true", "false", "0", "-1e9", "\"labels\":", "\"startsAt\":",
        "\"matchers\":", "\"2027-01-01T00:00:00Z\"", "\u{0}", "é", "(", "[a-z]+",
    ].map { Array($0.utf8) }

    public init(seed: UInt64) { self.seed = seed }

    /// Makes the next body; each follows from the seed and those before it.
    public mutating func next() -> [UInt8] {
        number += 1
        var random = SeededRandom(seed &+ number)
        let (first, second) = (corpus[random.below(corpus.count)], corpus[random.below(corpus.count)])
        var mutator = ByteMutator(random, words: Self.words)
        return mutator.mutated(first, with: second)
    }

    public mutating func check(_ body: [UInt8]) throws {
        guard let value = try? JSONValue(parsing: body) else { return refused += 1 }
        guard (try? JSONValue(parsing: value.compact)) == value, (try? JSONValue(parsing: Array(value.goText.utf8))) == value else {
            throw Failure(description: "written back it is something else: \(String(decoding: body, as: UTF8.self))")
        }
        let isTaken = try checkAlerts(value) || checkSilence(value)
        if isTaken { taken += 1 } else { refused += 1 }
        if corpus.count < Self.corpusLimit { corpus.append(body) }
    }

    private func checkAlerts(_ value: JSONValue) throws -> Bool {
        guard let posted = try? PostedAlerts(value, at: Self.now, resolveTimeout: 300_000) else { return false }
        for alert in posted.alerts where alert.labels.isEmpty || alert.endsAt < alert.startsAt {
            throw Failure(description: "such an alert was taken: \(alert)")
        }
        return true
    }

    private func checkSilence(_ value: JSONValue) throws -> Bool {
        guard let silence = try? PostedSilence(value, at: Self.now).silence else { return false }
        let shown = silence.json(at: Self.now)
        guard let again = try? PostedSilence(JSONValue(parsing: Array(shown.utf8)), at: Self.now).silence, again.matchers == silence.matchers else {
            throw Failure(description: "a silence that is shown cannot be posted again: \(shown)")
        }
        return true
    }
}
