import Model
import StrictYAML

@testable import Notifier

/// The core with a clock that goes from step to step, and receivers that take what comes as they are told to.
struct Simulation {
    /// What a receiver was told.
    struct Told: Equatable, CustomStringConvertible {
        /// Seconds from the start.
        var at: Double
        var receiver: String
        var reason: NotificationReason
        var firing: [String]
        var resolved: [String]

        var description: String { "\(at) \(receiver) \(reason): \(firing) \(resolved)" }
    }

    static let start: Timestamp = 1_800_000_000_000

    private(set) var core: NotifierCore
    private(set) var now = start
    private(set) var told: [Told] = []
    /// What a store would have kept.
    private(set) var kept = KeptState()
    /// All attempts, by delivery.
    private(set) var attempts: [UInt64: [Timestamp]] = [:]
    /// What comes of an attempt; nil: it does not end.
    var outcome: (Delivery) -> DeliveryOutcome? = { _ in .accepted }

    init(_ configuration: NotifierConfiguration) {
        core = NotifierCore(NotifierPlan(configuration), at: Self.start)
    }

    init(_ text: String) throws {
        self.init(try NotifierConfiguration.read(Array(text.utf8), file: "am.yml", zones: systemZones))
    }

    /// One webhook and a route with short waits: 1 s, 2 s, and 5 s until it repeats.
    static func simple(_ more: String = "", integrations: String = "[{url: 'http://hook'}]") throws -> Simulation {
        try Simulation(
            """
            route: {receiver: ops, group_by: [alertname], group_wait: 1s, group_interval: 2s, repeat_interval: 5s}
            receivers: [{name: ops, webhook_configs: \(integrations)}]
            \(more)
            """)
    }

    // MARK: What happens

    mutating func advance(to seconds: Double) {
        let time = Self.start + Int64(seconds * 1000)
        while let next = core.nextStep, next <= time {
            now = max(now, next)
            carryOut(core.advance(to: now))
        }
        now = time
    }

    mutating func fire(_ texts: String..., at seconds: Double, since: Double? = nil) throws {
        advance(to: seconds)
        let startsAt = Self.start + Int64((since ?? seconds) * 1000)
        carryOut(
            core.receive(
                try texts.map { Alert(labels: try labels($0), startsAt: startsAt, endsAt: now + 360_000_000_000, updatedAt: now) }, at: now))
    }

    mutating func resolve(_ texts: String..., at seconds: Double) throws {
        advance(to: seconds)
        carryOut(core.receive(try texts.map { Alert(labels: try labels($0), startsAt: Self.start, endsAt: now, updatedAt: now) }, at: now))
    }

    mutating func silence(_ matchers: String, id: String, until seconds: Double, at time: Double) throws {
        advance(to: time)
        let silence = Silence(
            matchers: try MatcherSyntax.matchers(matchers), startsAt: now, endsAt: Self.start + Int64(seconds * 1000), createdBy: "ada", comment: "")
        carryOut(try core.set(silence, at: now, newID: id).steps)
    }

    mutating func finish(_ id: UInt64, _ outcome: DeliveryOutcome) { carryOut(core.finish(id, outcome, at: now)) }

    mutating func reload(_ text: String, at seconds: Double) throws {
        advance(to: seconds)
        let configuration = try NotifierConfiguration.read(Array(text.utf8), file: "am.yml", zones: systemZones)
        carryOut(core.reload(NotifierPlan(configuration), at: now))
    }

    /// The process ends without a word and another begins with what was kept.
    mutating func restart(at seconds: Double) {
        advance(to: seconds)
        core = NotifierCore(core.plan, state: kept.state, at: now)
    }

    private func labels(_ text: String) throws -> Labels {
        Labels(try MatcherSyntax.matchers(text).map { (name: $0.name, value: $0.value) })
    }

    private mutating func carryOut(_ steps: NotifierSteps) {
        kept.apply(steps.changes)
        for delivery in steps.deliveries {
            attempts[delivery.id, default: []].append(now)
            guard let outcome = outcome(delivery) else { continue }
            if outcome == .accepted { note(delivery) }
            carryOut(core.finish(delivery.id, outcome, at: now))
        }
    }

    private mutating func note(_ delivery: Delivery) {
        func names(_ items: [Delivery.Item]) -> [String] {
            items.map { item in item.labels.map(\.value).joined(separator: " ") }
        }
        told.append(
            Told(
                at: Double(now - Self.start) / 1000, receiver: delivery.key.integration.receiver, reason: delivery.reason,
                firing: names(delivery.items.filter { $0.endsAt == nil }), resolved: names(delivery.items.filter { $0.endsAt != nil })))
    }
}

/// A store in memory.
struct KeptState {
    private var silences: [String: Silence] = [:]
    private var log: [LogKey: LogEntry] = [:]
    private var deliveries: [UInt64: Delivery] = [:]
    private var alerts: [Fingerprint: Alert] = [:]
    private var nextDelivery: UInt64 = 1

    var state: NotifierState {
        NotifierState(
            silences: Array(silences.values), log: Array(log.values), deliveries: Array(deliveries.values), alerts: Array(alerts.values),
            nextDelivery: nextDelivery)
    }

    mutating func apply(_ changes: [NotifierChange]) {
        for change in changes {
            switch change {
            case .alert(let alert): alerts[alert.fingerprint] = alert
            case .alertForgotten(let fingerprint): alerts[fingerprint] = nil
            case .silence(let silence): silences[silence.id] = silence
            case .silenceForgotten(let id): silences[id] = nil
            case .queued(let delivery):
                deliveries[delivery.id] = delivery
                nextDelivery = max(nextDelivery, delivery.id + 1)
            case .ended(let id): deliveries[id] = nil
            case .logged(let entry): log[entry.key] = entry
            case .logForgotten(let key): log[key] = nil
            }
        }
    }
}
