import Catalog
import Foundation
import HTTPAPI
import Logging
import Model
import Notifications
import Notifier
import Runtime
import Synchronization
import TSDB

/// Events: on record, as series that pictures can show, and for a maintenance with a silence and an alert that says so, both of which end by
/// themselves. What is underway is known from the notifier's alerts and so is the same after a restart.
final class EventDesk: Sendable {
    /// The alert of a maintenance.
    static let alertName = "Maintenance"
    private static let nameLabel = "alertname"
    private static let idLabel = "event"

    private let runner: NotifierRunner
    private let records: any RecordsReading
    private let series: EventSeries

    init(_ runner: NotifierRunner, _ head: Head, _ records: any RecordsReading, _ logger: Logger) {
        self.runner = runner
        self.records = records
        series = EventSeries(head, runner.environment.clock, logger) { [runner] in
            runner.view { core, now in core.alertViews(at: now).compactMap(Self.labels) }
        }
    }

    func start() { series.start() }
    func stop() { series.stop() }

    func begin(_ event: EventRecord) async throws(SilenceError) -> EventRecord {
        var event = event
        event.id = runner.environment.newID()
        if event.kind == .maintenance { try await beginMaintenance(event) }
        runner.environment.recording.record(.event(event))
        series.show(Self.labels(event), until: event.endsAt, isKept: event.kind == .maintenance)
        return event
    }

    /// Throws if the matchers can be no silence's; nothing has begun then.
    private func beginMaintenance(_ event: EventRecord) async throws(SilenceError) {
        let alert = Self.alert(of: event, at: event.startsAt)
        var matchers = try Self.matchers(event)
        // The alert that tells of the maintenance is not what it is about.
        if matchers.match(alert.labels) { matchers.append(AlertMatcher(name: EventDesk.nameLabel, differsFrom: Self.alertName)) }
        let silence = Silence(
            matchers: matchers, startsAt: event.startsAt, endsAt: alert.endsAt, createdBy: Self.name(event.by),
            comment: event.comment.isEmpty ? "maintenance" : "maintenance: \(event.comment)")
        _ = try await runner.set(silence, by: event.by)
        await runner.receive([alert])
    }

    /// Without any: everything.
    private static func matchers(_ event: EventRecord) throws(SilenceError) -> [AlertMatcher] {
        do throws(MatcherError) {
            if event.matchers.isEmpty { return [try AlertMatcher(.matches, EventDesk.nameLabel, ".+")] }
            var all: [AlertMatcher] = []
            for text in event.matchers { all += try MatcherSyntax.matchers(text) }
            return all
        } catch {
            throw .invalid(error.description)
        }
    }

    private static func name(_ requester: Requester) -> String { requester.authenticated ?? requester.claimed ?? "unknown" }

    /// The comment; of a maintenance without one, which its alert cannot be without either, the word.
    private static func summary(_ event: EventRecord) -> String {
        event.comment.isEmpty && event.kind == .maintenance ? alertName : event.comment
    }

    // MARK: The alert

    private static func alert(of event: EventRecord, at now: Timestamp) -> Notifier.Alert {
        let what = event.matchers.isEmpty ? "everything" : event.matchers.joined(separator: ", ")
        let pairs = [(EventDesk.nameLabel, alertName), ("severity", "info"), (idLabel, event.id)]
        return Notifier.Alert(
            labels: Labels(pairs.map { (name: $0.0, value: $0.1) }),
            annotations: [
                Label("summary", summary(event)),
                Label("description", "Maintenance of \(what) by \(name(event.by)); its alerts are silenced until it ends."),
                Label("by", name(event.by)),
            ],
            startsAt: event.startsAt, endsAt: event.endsAt ?? event.startsAt, updatedAt: now)
    }

    // MARK: The series

    private static func labels(_ kind: EventRecord.Kind, _ id: String, _ comment: String, _ by: String) -> Labels {
        let pairs = [(Labels.metricName, "martlet_event"), ("kind", kind.rawValue), (idLabel, id), ("comment", comment), ("by", by)]
        return Labels(pairs.filter { !$0.1.isEmpty }.map { (name: $0.0, value: $0.1) })
    }

    private static func labels(_ event: EventRecord) -> Labels { labels(event.kind, event.id, summary(event), name(event.by)) }

    /// Of a maintenance that its alert tells of; nil for any other alert.
    private static func labels(_ view: AlertView) -> Labels? {
        let alert = view.alert
        guard let name = alert.labels[EventDesk.nameLabel], sameBytes(name, alertName), let id = alert.labels[idLabel] else { return nil }
        func text(_ name: String) -> String { alert.annotations.first { $0.name == name }?.value ?? "" }
        return labels(.maintenance, id, text("summary"), text("by"))
    }

    // MARK: On record

    /// More are not shown at once.
    private static let most = 1000
    private let readers = WorkerPool(name: "events-read", threads: 1, queueLimit: 100)

    /// Those that begin within the time, the newest first; and those that began within the longest time that one can last before it, and go on.
    func events(from: Timestamp, through: Timestamp) async throws -> [EventRecord] {
        try await readers.run { [records] in
            let query = RecordQuery(kinds: [.event], from: from.earlier(by: PostedEvent.longest), through: through, limit: Self.most)
            return try records.records(query).records.compactMap { record -> EventRecord? in
                guard case .event(let event) = record.entry, (event.endsAt ?? event.startsAt) >= from else { return nil }
                return event
            }
        }
    }
}
