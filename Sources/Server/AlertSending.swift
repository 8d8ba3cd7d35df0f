import Alertmanagers
import ConfigurationFile
import Logging
import Model
import Rules
import Runtime
import Scraping

/// Finds the alertmanagers of a configuration and sends alerts to them, from the start of a server until behind the end of its rules.
final class AlertSending: Sendable {
    /// Nanoseconds that the end of a server waits for what is still to be sent.
    private static let patience: UInt64 = 10_000_000_000

    private let notifier: AlertNotifier
    private let discovery: DiscoveryLoop
    private let drains: Bool
    private let logger: Logger

    init(
        _ settings: ServeSettings, _ carrier: any AlertCarrier, _ lookups: NameLookups, _ polls: DiscoveryPolls, _ clock: any Clock,
        _ registry: MetricsRegistry, _ logger: Logger
    ) {
        var notifying = NotifierSettings(carrier: carrier, clock: clock, externalURL: settings.externalURL) { event in
            logger.error("notifications", metadata: ["problem": "\(event)"])
        }
        notifying.queueCapacity = settings.options.notificationQueueCapacity
        notifying.batchSize = settings.options.notificationBatchSize
        let notifier = AlertNotifier(notifying, registry)
        self.notifier = notifier
        self.logger = logger
        drains = settings.options.drainsNotificationQueue
        // A section is named by its position, which the notifier knows it by.
        discovery = DiscoveryLoop(lookups, polls, clock, logger) { groups, section in
            Int(section).map { notifier.discovered(groups, entry: $0) } ?? []
        }
        discovery.register(registry, as: "notify", prefix: "config-")
    }

    var sink: any AlertSink { notifier }
    var alertmanagers: (active: [String], dropped: [String]) { notifier.alertmanagers }

    /// Puts a configuration into force. What waits for receivers that stay is kept.
    func apply(_ configuration: ServerConfiguration) {
        let alerting = configuration.alerting
        let plan = AlertNotifier.Plan(
            externalLabels: configuration.global.externalLabels, alertRelabelling: alerting.alertRelabelling, alertmanagers: alerting.alertmanagers)
        discovery.apply(alerting.alertmanagers.enumerated().map { ("\($0.offset)", $0.element.discovery) }) {
            for problem in notifier.apply(plan) { logger.error("an alertmanager cannot be used", metadata: ["problem": "\(problem)"]) }
        }
    }

    /// Looks for alertmanagers until the task is cancelled.
    func run() async { await discovery.run() }

    func shutDown() async { await notifier.shutDown(within: Self.patience, drains: drains) }
}
