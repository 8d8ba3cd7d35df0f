import ClientConfiguration
import Foundation
import Model
import Notifier
import StrictYAML

/// Plays a scenario to the notifier on a clock that stands still between events: `NotifierReplay FILE`. What it would send to webhooks comes
/// out, one JSON object a line with the time, the address and the body.
///
/// The file is JSON: `configuration` (text), `external` (address), `start` and `end` (milliseconds since 1970) and `events`, each with `at` and
/// one of `alerts` (as in Alertmanager's API, times in milliseconds), `silence` (`id`, `matchers`, `ends`) or `expire` (an ID).
@main
enum NotifierReplay {
    static func main() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: CommandLine.arguments[1])))
        var replay = try Replay(JSONValue(parsing: bytes))
        try replay.run()
    }
}

private struct Replay {
    private let scenario: JSONValue
    private let end: Timestamp
    private let external: String
    private var core: NotifierCore

    private struct Malformed: Error {}

    init(_ scenario: JSONValue) throws {
        self.scenario = scenario
        guard let text = scenario["configuration"]?.text, let external = scenario["external"]?.text, let start = scenario["start"]?.integer,
            let end = scenario["end"]?.integer
        else { throw Malformed() }
        self.external = external
        self.end = end
        let zones = ZoneDatabase { (try? Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/" + $0))).map { [UInt8]($0) } }
        core = NotifierCore(NotifierPlan(try NotifierConfiguration.read(Array(text.utf8), file: "am.yml", zones: zones)), at: start)
    }

    mutating func run() throws {
        for event in scenario["events"]?.elements ?? [] {
            guard let time = event["at"]?.integer else { throw Malformed() }
            advance(to: time)
            try take(event, at: time)
        }
        advance(to: end)
    }

    private mutating func advance(to time: Timestamp) {
        while let next = core.nextStep, next <= time { carryOut(core.advance(to: next), at: next) }
    }

    private mutating func take(_ event: JSONValue, at now: Timestamp) throws {
        if let alerts = event["alerts"]?.elements {
            carryOut(core.receive(try alerts.map { try alert($0, at: now) }, at: now), at: now)
        } else if let silence = event["silence"] {
            guard let id = silence["id"]?.text, let matchers = silence["matchers"]?.text, let ends = silence["ends"]?.integer else {
                throw Malformed()
            }
            let made = Silence(matchers: try MatcherSyntax.matchers(matchers), startsAt: now, endsAt: ends, createdBy: "replay", comment: id)
            _ = try core.set(made, at: now, newID: id)
        } else if let id = event["expire"]?.text {
            _ = try core.expireSilence(id, at: now)
        }
    }

    private func alert(_ value: JSONValue, at now: Timestamp) throws -> Alert {
        func texts(_ key: String) -> [Label] {
            guard case .object(let members)? = value[key] else { return [] }
            return members.map { Label($0.name, $0.value.text ?? "") }
        }
        return Alert(
            received: Labels(texts("labels")), annotations: texts("annotations"), startsAt: value["startsAt"]?.integer,
            endsAt: value["endsAt"]?.integer,
            generatorAddress: value["generatorURL"]?.text ?? "", at: now, resolveTimeout: core.plan.resolveTimeout)
    }

    /// Everything arrives at once.
    private mutating func carryOut(_ steps: NotifierSteps, at now: Timestamp) {
        for delivery in steps.deliveries {
            guard case .webhook(let settings)? = core.plan.integrations[delivery.key.integration]?.settings else { continue }
            let body = WebhookPayload.body(Notification(delivery, externalAddress: external), maxAlerts: settings.maxAlerts)
            let line = JSONValue.object([
                .init("at", JSONValue(now)), .init("address", .string(settings.address.text?.revealed ?? "")), .init("body", .string(body)),
            ])
            print(line.goText)
            carryOut(core.finish(delivery.id, .accepted, at: now), at: now)
        }
    }
}
