/// The routing that holds when nothing is configured: by severity. A configuration of the user's has none of it.
public enum BuiltInRoute {
    /// The receiver that takes everything.
    public static let receiver = "default"
    /// Those that keep an incident open until it is over, if there are any.
    public static let incidents = "incidents"
    /// The one without anybody behind it.
    public static let nobody = "nobody"

    /// Whether such an integration keeps incidents, which are to be told apart, and does not only tell.
    static func keepsIncidents(_ kind: IntegrationKind) -> Bool { kind == .pagerDuty || kind == .sentry }

    /// - Parameters:
    ///   - integrations: who is told; with none everything is on record and nobody is told.
    ///   - digest: when `info` is told, every day.
    public static func configuration(integrations: [IntegrationConfiguration] = [], digest: DailyTime = DailyTime(minute: 9 * 60))
        -> NotifierConfiguration
    {
        let keepers = integrations.filter { keepsIncidents($0.kind) }
        var root = RouteConfiguration(receiver: receiver)
        // All together: one outage has alerts of many kinds. An alert of no severity, or one of the user's own, is treated as a warning.
        root.groupBy = .labels([])
        (root.groupWait, root.groupInterval, root.repeatInterval) = (5 * minute, 5 * minute, repeated(every: 4 * hour))
        // A critical alert of the same outage has just been told.
        root.pause = 5 * minute
        root.routes = (keepers.isEmpty ? [] : [incident]) + [critical, info(digest), silent]
        var receivers = [ReceiverConfiguration(name: receiver, integrations: integrations.filter { !keepsIncidents($0.kind) })]
        if !keepers.isEmpty { receivers.append(ReceiverConfiguration(name: incidents, integrations: keepers)) }
        receivers.append(ReceiverConfiguration(name: nobody))
        var configuration = NotifierConfiguration(route: root, receivers: receivers)
        configuration.inhibitRules = [worseInhibitsMilder] + downInhibitsInstance
        return configuration
    }

    private static let minute: Int64 = 60_000
    private static let hour: Int64 = 3_600_000

    /// A little less: at the beat at which the time is full, more than that must have passed since the last message arrived.
    private static func repeated(every interval: Int64) -> Int64 { interval - minute }

    private static func severity(_ value: String) -> [AlertMatcher] { [AlertMatcher(name: "severity", equals: value)] }

    /// Every kind of alert is an incident of its own: it is opened once, and closed when its alerts are over.
    private static var incident: RouteConfiguration {
        var route = RouteConfiguration(receiver: incidents)
        route.matchers = ["info", "none"].map { AlertMatcher(name: "severity", differsFrom: $0) }
        route.groupBy = .labels(["alertname"])
        route.continues = true
        route.pause = 0
        route.routes = [critical]
        return route
    }

    /// At once. What becomes critical soon after follows together, so that one outage does not ring every few seconds.
    private static var critical: RouteConfiguration {
        var route = RouteConfiguration()
        route.matchers = severity("critical")
        route.pause = 0
        (route.groupWait, route.groupInterval, route.repeatInterval) = (0, 5 * minute, repeated(every: hour))
        return route
    }

    /// Everything of a day in one message.
    private static func info(_ digest: DailyTime) -> RouteConfiguration {
        var route = RouteConfiguration()
        route.matchers = severity("info")
        route.groupBy = .labels(["severity"])
        route.digest = digest
        route.pause = 0
        return route
    }

    /// A watchdog fires for good, to show that it can; the heartbeat tells that outside.
    private static var silent: RouteConfiguration {
        var route = RouteConfiguration(receiver: nobody)
        route.matchers = severity("none")
        return route
    }

    /// The same thing need not be told twice in two severities. Names differ by convention (`DiskFullSoon`, `DiskFull`): only where rules
    /// share a name the labels can all be equal.
    private static let worseInhibitsMilder = InhibitRuleConfiguration(
        name: "critical inhibits warning", source: severity("critical"), target: severity("warning"), equal: .allExcept(["severity"]))

    /// What rules call it when an instance does not answer, in packs of rules and in our own.
    private static let namesOfDown = ["InstanceDown", "TargetDown", "HostDown", "NodeDown", "MachineDown"]

    /// What lives on an instance cannot be well while that is down.
    private static var downInhibitsInstance: [InhibitRuleConfiguration] {
        let hasInstance = AlertMatcher(name: "instance", differsFrom: "")
        return namesOfDown.map { name in
            InhibitRuleConfiguration(
                name: "\(name) inhibits the rest of the instance", source: [AlertMatcher(name: "alertname", equals: name), hasInstance],
                target: [hasInstance] + namesOfDown.map { AlertMatcher(name: "alertname", differsFrom: $0) }, equal: .labels(["instance"]))
        }
    }
}
