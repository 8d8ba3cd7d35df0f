import Alertmanagers
import Model
import TestKit
import Rules
import Runtime
import Scraping
import StrictYAML
import Synchronization

/// Alerts on their way to receivers that a test answers for.
struct Desk {
    static let a = "http://a:9093/api/v2/alerts"
    static let b = "http://b:9093/api/v2/alerts"
    static let c = "http://c:9093/api/v2/alerts"

    let clock = ManualClock(1_700_000_000_000)
    let carrier: FakeCarrier
    let notifier: AlertNotifier
    let registry = MetricsRegistry()
    private let log = EventLog()

    final class EventLog: Sendable {
        let events = Mutex<[NotificationEvent]>([])
    }

    init(_ yaml: String = "", capacity: Int = 10_000, batch: Int = 256, external: Labels = .empty) throws {
        carrier = FakeCarrier(clock)
        let log = log
        var settings = NotifierSettings(carrier: carrier, clock: clock, externalURL: "http://me/prefix") { event in
            log.events.withLock { $0.append(event) }
        }
        settings.queueCapacity = capacity
        settings.batchSize = batch
        notifier = AlertNotifier(settings, registry)
        try apply(yaml, external: external)
    }

    var events: [NotificationEvent] { log.events.withLock { $0 } }

    /// Each line of `entries` is one entry: the targets' addresses, and more keys behind a bar.
    @discardableResult
    func apply(_ entries: String, external: Labels = .empty, relabelling: String = "") throws -> [String] {
        var plan = AlertNotifier.Plan(externalLabels: external, alertRelabelling: try Self.rules(relabelling))
        for line in entries.split(separator: "\n") {
            let parts = line.split(separator: "|", maxSplits: 1).map(String.init)
            plan.alertmanagers.append(try Self.entry(parts[0], parts.count > 1 ? parts[1] : ""))
        }
        return notifier.apply(plan)
    }

    static func rules(_ yaml: String) throws -> [RelabelRule] {
        guard let value = try YAMLValue.parse(Array(yaml.utf8), file: "rules") else { return [] }
        return try RelabelRule.readAll(try value.list())
    }

    private static func entry(_ targets: String, _ more: String) throws -> AlertmanagerConfiguration {
        var section = DiscoverySection()
        section.staticGroups = [TargetGroup(source: "0", targets: targets.split(separator: " ").map { Labels([Label("__address__", String($0))]) })]
        var entry = AlertmanagerConfiguration(discovery: section)
        guard let value = try YAMLValue.parse(Array(more.utf8), file: "entry") else { return entry }
        let map = try value.mapping(keys: ["scheme", "path_prefix", "timeout", "relabel_configs", "alert_relabel_configs"])
        entry.scheme = try map.string("scheme") ?? "http"
        entry.pathPrefix = try map.string("path_prefix") ?? ""
        entry.timeout = try map.duration("timeout") ?? entry.timeout
        entry.relabelling = try RelabelRule.readAll(try map.list("relabel_configs"))
        entry.alertRelabelling = try RelabelRule.readAll(try map.list("alert_relabel_configs"))
        return entry
    }

    func alert(_ name: String, _ labels: KeyValuePairs<String, String> = [:], resolved: Bool = false) -> SentAlert {
        let now = clock.now()
        return SentAlert(
            labels: Labels([Label("alertname", name)] + labels.map { Label($0.key, $0.value) }), annotations: [Label("text", "of \(name)")],
            startsAt: now - 1500, resolvedAt: resolved ? now : nil, validUntil: now + 240_000, query: "up == 0 and x > 1")
    }

    func send(_ names: String...) { notifier.send(names.map { alert($0) }) }

    /// The names that a receiver got, a request each.
    func got(_ url: String) async -> [String] {
        await notifier.drained()
        return carrier.take(url).map(\.names)
    }

    /// A metric by receiver, as `http://…:1`.
    func metric(_ name: String) -> [String] {
        let family = registry.snapshot().first { $0.name == "prometheus_notifications_" + name }
        return (family?.points ?? []).map { point in
            guard case .number(let value) = point.value else { return "?" }
            return (point.labels.map { "\($0.name)=\($0.value):" }.joined()) + FloatFormat.plain(value)
        }
    }

    /// Waits until a receiver holds a request back.
    func untilHeld(_ count: Int = 1) async {
        while carrier.heldCount < count { await Task.yield() }
    }
}
