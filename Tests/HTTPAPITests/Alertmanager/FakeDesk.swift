import Catalog
import Model
import Notifier
import Rules
import Synchronization

@testable import HTTPAPI

/// A notifier's core behind the API, without a runner: what is ordered is done at once.
final class FakeDesk: NotifierDesk {
    private struct State {
        var core: NotifierCore
        var orders: [String] = []
        var events: [EventRecord] = []
        var ids = 0
    }

    static let configuration = """
        route: {receiver: ops, group_by: [alertname], routes: [{matchers: [severity=info], receiver: quiet}]}
        receivers: [{name: ops, webhook_configs: [{url: 'http://secret'}]}, {name: quiet}]
        inhibit_rules: [{source_matchers: [severity=critical], target_matchers: [severity=warning], equal: [job]}]
        """

    let zone = Zone.utc
    let resolveTimeout: Int64 = 300_000
    private let now = FixedClock().now()
    private let state: Mutex<State>

    init() throws {
        let configuration = try NotifierConfiguration.read(Array(Self.configuration.utf8), file: "am.yml", zones: .none)
        state = Mutex(State(core: NotifierCore(NotifierPlan(configuration), at: now)))
    }

    /// What was ordered, by whom, in words.
    var orders: [String] { state.withLock { $0.orders } }

    func alerts() -> [AlertView] { state.withLock { $0.core.alertViews(at: now) } }
    func groups() -> [GroupView] { state.withLock { $0.core.groupViews(at: now) } }
    func silences() -> [Silence] { state.withLock { $0.core.silences.all } }
    func told(_ labels: Labels) -> Labels? { labels.setting("site", "x") }
    func receivers() -> [String] { ["ops", "quiet"] }
    func configuration() -> String { "route: {}\n" }

    func receive(_ alerts: [Notifier.Alert]) async { state.withLock { _ = $0.core.receive(alerts, at: now) } }

    func set(_ silence: Silence, by requester: Requester) async throws(SilenceError) -> Silence {
        try state.withLock { state throws(SilenceError) in
            state.ids += 1
            let id = "00000000-0000-4000-8000-00000000000\(state.ids)"
            let set = try state.core.set(silence, at: now, newID: id).silence
            state.orders.append(
                "set \(set.matchers) until \(set.endsAt - now) by \(set.createdBy), \(requester.claimed ?? "") at \(requester.address)")
            return set
        }
    }

    func expire(_ id: String, by requester: Requester) async throws(SilenceError) {
        try state.withLock { state throws(SilenceError) in
            guard let known = state.core.silences[id] else { throw .unknown(id: id) }
            state.orders.append("expire \(id) by \(requester.claimed ?? "")")
            if known.state(at: now) != .expired { _ = try state.core.expireSilence(id, at: now) }
        }
    }

    func begin(_ event: EventRecord) async throws(SilenceError) -> EventRecord {
        var event = event
        event.id = "e1"
        state.withLock { $0.events.append(event) }
        return event
    }

    func events(from: Timestamp, through: Timestamp) async throws -> [EventRecord] {
        state.withLock { $0.events.filter { $0.startsAt <= through && ($0.endsAt ?? $0.startsAt) >= from } }
    }
}

/// An API with a notifier behind it.
struct DeskAPI {
    let desk: FakeDesk
    let api: API

    init(rules: [RuleGroupReport] = []) throws {
        let desk = try FakeDesk()
        self.desk = desk
        api = try testAPI { _, state in
            state.notifier = desk
            state.ruleGroups = rules
        }
    }

    func ask(
        _ method: String, _ target: String, _ body: String = "", type: String = "application/json", origin: String? = nil
    ) async -> (status: Int, text: String) {
        var headers: RequestHeaders = ["host": "us:9090", "content-type": type]
        if let origin { headers.add("origin", origin) }
        let request = APIRequest(method: method, target: target, headers: headers, body: Array(body.utf8), client: "10.0.0.7:5")
        let response = await api.respond(to: request)
        return (response.status, String(decoding: response.body, as: UTF8.self))
    }

    func form(_ target: String, _ body: String, origin: String? = nil) async -> (status: Int, text: String) {
        await ask("POST", target, body, type: "application/x-www-form-urlencoded", origin: origin)
    }
}
