import Model
public import StrictYAML

/// A whole configuration in Alertmanager's grammar (https://prometheus.io/docs/alerting/latest/configuration/).
public struct NotifierConfiguration: Sendable {
    public var global = GlobalSettings()
    public var route: RouteConfiguration
    public var inhibitRules: [InhibitRuleConfiguration] = []
    public var receivers: [ReceiverConfiguration]
    public var timeIntervals: [NamedTimeInterval] = []
    /// Patterns of files with definitions that all templates can use.
    public var templateFiles: [String] = []

    public init(route: RouteConfiguration, receivers: [ReceiverConfiguration]) {
        self.route = route
        self.receivers = receivers
    }
}

extension NotifierConfiguration {
    static let keys = [
        "global", "route", "inhibit_rules", "receivers", "templates", "mute_time_intervals", "time_intervals", "tracing", "event_recorder",
    ]

    /// Reads a file of its own. Throws the first fault with its place.
    /// - Parameter file: what errors call it, and the folder that relative paths in it are taken from.
    public static func read(
        _ bytes: some Sequence<UInt8>, file: String, zones: ZoneDatabase, notes: YAMLNotes = YAMLNotes()
    ) throws(YAMLError) -> NotifierConfiguration {
        guard let value = try YAMLValue.parse(bytes, file: file, notes: notes) else {
            throw YAMLError(YAMLPlace(file: file, line: 1, column: 1), "the file is empty; it must have a route")
        }
        return try NotifierConfiguration(value, zones: zones)
    }

    /// Reads a section that holds what such a file holds.
    public init(_ value: YAMLValue, zones: ZoneDatabase) throws(YAMLError) {
        try self.init(try value.mapping(keys: Self.keys), zones)
    }

    init(_ map: YAMLMapping, _ zones: ZoneDatabase) throws(YAMLError) {
        for key in ["tracing", "event_recorder"] where map.has(key) { map.given(key)?.warn("\(key) is not used here") }
        let global = try map.given("global").map { value throws(YAMLError) in try GlobalSettings(value) } ?? GlobalSettings()
        let receivers = try Self.receivers(map, global)
        let intervals = try Self.intervals(map, zones)
        guard let root = map.given("route") else { throw map.value.error("there is no route") }
        let route = try RouteConfiguration(root, names: RouteNames(receivers: receivers.map(\.name), intervals: intervals.map(\.name)))
        try route.checkRoot(root)
        self.init(route: route, receivers: receivers)
        self.global = global
        timeIntervals = intervals
        for item in try map.list("inhibit_rules") { inhibitRules.append(try InhibitRuleConfiguration(item)) }
        for item in try map.list("templates") { templateFiles.append(try item.filePath()) }
    }

    private static func receivers(_ map: YAMLMapping, _ global: GlobalSettings) throws(YAMLError) -> [ReceiverConfiguration] {
        var all: [ReceiverConfiguration] = []
        for item in try map.list("receivers") {
            let receiver = try ReceiverConfiguration(item, global)
            if all.contains(where: { sameBytes($0.name, receiver.name) }) { throw item.error("there are two receivers \(quoted(receiver.name))") }
            all.append(receiver)
        }
        return all
    }

    /// Both lists share their names.
    private static func intervals(_ map: YAMLMapping, _ zones: ZoneDatabase) throws(YAMLError) -> [NamedTimeInterval] {
        var all: [NamedTimeInterval] = []
        for key in ["mute_time_intervals", "time_intervals"] {
            for item in try map.list(key) {
                let interval = try NamedTimeInterval(item, zones)
                if all.contains(where: { sameBytes($0.name, interval.name) }) {
                    throw item.error("there are two time intervals \(quoted(interval.name))")
                }
                all.append(interval)
            }
        }
        return all
    }
}
