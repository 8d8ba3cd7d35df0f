import Catalog
import ConfigurationFile
import Foundation
import HTTPAPI
import Logging
import Model
import Notifications
import Notifier
import Rules
import Runtime
import Scraping
import StrictYAML
import Synchronization
import TSDB
import WebClient

/// The notifier of a server at work, from when its data folder is open until behind the end of its rules: takes alerts, tells of them, and is
/// what the API and the pages ask.
final class NotifierWork: Sendable {
    private let runner: NotifierRunner
    private let web: WebClients
    private let sender: IntegrationSender
    private let notifierSink: NotifierSink
    private let heartbeat: Heartbeat
    private let watched: WatchedParts
    private let events: EventDesk
    private let configured: Mutex<NotificationsConfiguration>

    /// - Parameter sink: who is told of the alerts of our rules as well.
    /// - Throws: if what the run before has left cannot be read.
    init(
        _ settings: ServeSettings, _ notifications: NotificationsConfiguration, _ templates: MessageTemplates, _ catalog: Catalog, _ head: Head,
        also sink: any AlertSink, _ clock: any Clock, _ registry: MetricsRegistry, _ logger: Logger
    ) throws {
        let environment = NotifierRunner.Environment(
            clock: clock, store: catalog.notificationStore, recording: catalog.recorder, externalAddress: settings.externalURL,
            newID: { UUID().uuidString.lowercased() }
        ) { event in logger.warning("notifier", metadata: ["problem": "\(event)"]) }
        let web = WebClients(
            userAgent: "Martlet/\(BuildInfo.version)", environment: ProcessVariables.all, readFile: FileReading.disk.read)
        let sender = IntegrationSender(notifications, templates, web, clock, logger)
        let runner = try NotifierRunner(environment, NotifierPlan(notifications.notifier), sender, registry)
        let watched = WatchedParts()
        self.runner = runner
        self.watched = watched
        self.web = web
        self.sender = sender
        notifierSink = NotifierSink(runner, externalURL: settings.externalURL, and: sink)
        heartbeat = Heartbeat(WebHeartbeat(web), clock, registry) {
            watched.reading(turns: runner.turns)
        } report: { event in
            logger.log(level: event.isProblem ? .warning : .info, "heartbeat", metadata: ["event": "\(event)"])
        }
        events = EventDesk(runner, head, catalog, logger)
        configured = Mutex(notifications)
    }

    /// Begins to tell, with what the run before has left.
    func start() {
        runner.start()
        events.start()
    }

    /// Lets the heart beat while these parts go on too.
    func watch(_ parts: ServerProgress) { watched.set(parts) }

    var sink: any AlertSink { notifierSink }

    /// Puts a configuration into force.
    func apply(_ configuration: ServerConfiguration, _ templates: MessageTemplates) {
        let notifications = configuration.notifications
        configured.withLock { $0 = notifications }
        notifierSink.apply(external: configuration.global.externalLabels, configuration.alerting.alertRelabelling)
        sender.use(templates, zone: notifications.zone)
        runner.reload(NotifierPlan(notifications.notifier))
        heartbeat.apply(notifications.heartbeat)
    }

    func shutDown() async {
        heartbeat.stop()
        events.stop()
        await runner.shutDown()
        await web.shutdown()
    }
}

extension IntegrationSender {
    fileprivate convenience init(
        _ notifications: NotificationsConfiguration, _ templates: MessageTemplates, _ web: WebClients, _ clock: any Clock, _ logger: Logger
    ) {
        var limits = Limits()
        // The runner bounds them itself, so that none waits here for its turn.
        limits.atATime = NotifierRunner.mostAttemptsAtOnce
        self.init(
            templates: templates, web: web, clock: clock, zone: notifications.zone, zones: .system(.disk), client: "Martlet/\(BuildInfo.version)",
            limits: limits, readFile: FileReading.disk.read
        ) { note in logger.warning("notification", metadata: ["note": "\(note)"]) }
    }
}

extension NotifierWork: NotifierDesk {
    func alerts() -> [AlertView] { runner.view { core, now in core.alertViews(at: now) } }
    func groups() -> [GroupView] { runner.view { core, now in core.groupViews(at: now) } }
    func silences() -> [Silence] { runner.view { core, _ in core.silences.all } }
    func told(_ labels: Labels) -> Labels? { notifierSink.told(labels) }
    func receivers() -> [String] { configured.withLock { $0.notifier.receivers.map(\.name) } }
    func configuration() -> String { configured.withLock { $0.alertmanagerText } }
    var zone: Zone { configured.withLock { $0.zone } }
    var resolveTimeout: Int64 { runner.view { core, _ in core.plan.resolveTimeout } }

    func receive(_ alerts: [Notifier.Alert]) async { await runner.receive(alerts) }

    func set(_ silence: Silence, by requester: Requester) async throws(SilenceError) -> Silence { try await runner.set(silence, by: requester) }

    func expire(_ id: String, by requester: Requester) async throws(SilenceError) { try await runner.expire(id, by: requester) }

    func begin(_ event: EventRecord) async throws(SilenceError) -> EventRecord { try await events.begin(event) }

    func events(from: Timestamp, through: Timestamp) async throws -> [EventRecord] { try await events.events(from: from, through: through) }
}
