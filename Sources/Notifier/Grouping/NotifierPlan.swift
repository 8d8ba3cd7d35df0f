public import Model

/// A configuration, ready to work by.
public struct NotifierPlan: Sendable {
    public struct Integration: Sendable {
        public let key: IntegrationKey
        public let sendsResolved: Bool
        public let settings: IntegrationConfiguration.Settings
    }

    public let tree: RouteTree
    public let inhibitRules: [InhibitRuleConfiguration]
    public let receivers: [String: [Integration]]
    public let integrations: [IntegrationKey: Integration]
    /// How long an alert without an end counts as firing, milliseconds.
    public let resolveTimeout: Int64
    private let timeIntervals: [String: NamedTimeInterval]

    public init(_ configuration: NotifierConfiguration) {
        tree = RouteTree(configuration.route)
        inhibitRules = configuration.inhibitRules
        resolveTimeout = configuration.global.resolveTimeout
        var receivers: [String: [Integration]] = [:]
        for receiver in configuration.receivers {
            receivers[receiver.name] = receiver.integrations.map { integration in
                Integration(
                    key: IntegrationKey(receiver: receiver.name, kind: integration.kind, index: integration.index),
                    sendsResolved: integration.sendsResolved, settings: integration.settings)
            }
        }
        self.receivers = receivers
        integrations = Dictionary(receivers.values.joined().map { ($0.key, $0) }) { first, _ in first }
        timeIntervals = Dictionary(configuration.timeIntervals.map { ($0.name, $0) }) { first, _ in first }
    }

    /// The names of the time intervals because of which a route tells nothing now; nil if it does. Outside of all active intervals these are
    /// the ones.
    public func muting(_ options: RouteTree.Options, at now: Timestamp) -> [String]? {
        let active = options.activeTimeIntervals
        if !active.isEmpty, !active.contains(where: { timeIntervals[$0]?.contains(now) == true }) { return active }
        let muting = options.muteTimeIntervals.filter { timeIntervals[$0]?.contains(now) == true }
        return muting.isEmpty ? nil : muting
    }

    func receiver(of group: AggregationGroup) -> String { tree.nodes[group.id.route].options.receiver }
}
