public import ClientConfiguration
import Model
public import StrictYAML

/// The key `notifications` of the server's configuration file: Alertmanager's grammar, and what is our own.
///
/// Without a `route` it is the short form: the integrations that stand there directly are told by the built-in route.
public struct NotificationsConfiguration: Sendable {
    public var notifier: NotifierConfiguration
    public var heartbeat: HeartbeatSettings?
    /// Where people read clocks: messages tell times in it beside UTC, the digest comes and "until morning" ends by it.
    public var zone = Zone.utc
    /// Whether the built-in route is in force.
    public var isBuiltIn: Bool
    /// What was written, without secrets; nil if nothing was.
    public var shown: YAMLOutput?
    /// The same in Alertmanager's grammar alone, as its API tells it.
    public var alertmanagerText: String

    /// Nothing is configured: the built-in route, and nobody who is told.
    public init() {
        notifier = BuiltInRoute.configuration()
        isBuiltIn = true
        alertmanagerText = BuiltInRoute.text(of: notifier)
    }
}

/// An outside address that hears from us while all is well.
public struct HeartbeatSettings: Sendable, Hashable {
    /// Whoever knows it can beat in our place.
    public var address: Secret
    /// Milliseconds.
    public var interval: Int64

    public init(address: Secret, interval: Int64 = 60_000) {
        self.address = address
        self.interval = interval
    }
}

extension NotificationsConfiguration {
    private static let own = ["heartbeat", "time_zone", "digest"]

    /// Reads the key's value.
    public init(section value: YAMLValue, zones: ZoneDatabase) throws(YAMLError) {
        self.init()
        let map = try value.mapping(keys: NotifierConfiguration.keys + IntegrationConfiguration.sections + Self.own)
        if let place = map.given("time_zone") { zone = try TimeInterval.zone(place, zones) }
        if let section = map.given("heartbeat") { heartbeat = try HeartbeatSettings(section) }
        let shown = NotifierConfiguration.shown(value)
        self.shown = shown
        if map.has("route") {
            try readTree(map, zones, shown)
        } else {
            try readShortForm(map, shown)
        }
    }

    /// Reads a file of its own, as Alertmanager has it; see `NotifierConfiguration.read`.
    public init(
        _ bytes: some Sequence<UInt8>, file: String, zones: ZoneDatabase, notes: YAMLNotes = YAMLNotes()
    ) throws(YAMLError) {
        guard let value = try YAMLValue.parse(bytes, file: file, notes: notes) else {
            throw YAMLError(YAMLPlace(file: file, line: 1, column: 1), "the file is empty; it must have a route")
        }
        try self.init(whole: value, zones: zones)
    }

    /// Reads the content of such a file.
    public init(whole value: YAMLValue, zones: ZoneDatabase) throws(YAMLError) {
        self.init()
        notifier = try NotifierConfiguration(value, zones: zones)
        isBuiltIn = false
        let shown = NotifierConfiguration.shown(value)
        self.shown = shown
        alertmanagerText = shown.document
    }

    private mutating func readTree(_ map: YAMLMapping, _ zones: ZoneDatabase, _ shown: YAMLOutput) throws(YAMLError) {
        if let stray = try Self.firstSection(map) {
            throw map.error(at: stray, "\(stray): where there is a route, integrations belong to receivers")
        }
        if map.has("digest") { throw map.error(at: "digest", "digest is for the built-in route; there is a route here") }
        notifier = try NotifierConfiguration(map, zones)
        isBuiltIn = false
        alertmanagerText = shown.without(Self.own).document
    }

    private mutating func readShortForm(_ map: YAMLMapping, _ shown: YAMLOutput) throws(YAMLError) {
        for key in ["receivers", "inhibit_rules", "time_intervals", "mute_time_intervals"] where map.has(key) {
            throw map.error(at: key, "\(key): there is no route that it could be for")
        }
        let global = try map.given("global").map { value throws(YAMLError) in try GlobalSettings(value) } ?? GlobalSettings()
        let minute = try map.given("digest").map { value throws(YAMLError) in try TimeInterval.minute(value) } ?? 9 * 60
        notifier = BuiltInRoute.configuration(
            integrations: try IntegrationConfiguration.all(map, global), digest: DailyTime(minute: minute, zone: zone))
        notifier.global = global
        for item in try map.list("templates") { notifier.templateFiles.append(try item.filePath()) }
        alertmanagerText = BuiltInRoute.text(of: notifier, shown)
    }

    private static func firstSection(_ map: YAMLMapping) throws(YAMLError) -> String? {
        for key in IntegrationConfiguration.sections where try !map.list(key).isEmpty { return key }
        return nil
    }
}

extension HeartbeatSettings {
    /// More often would tell nothing more.
    private static let shortest: Int64 = 1000

    init(_ value: YAMLValue) throws(YAMLError) {
        let map = try value.mapping(keys: ["url", "interval"])
        guard let address = try map.secretAddress("url") else { throw value.error("the address to call is missing (url)") }
        self.init(address: address, interval: try map.duration("interval") ?? 60_000)
        if interval < Self.shortest { throw map.error(at: "interval", "the interval must not be shorter than 1s") }
    }
}

extension YAMLOutput {
    fileprivate func without(_ keys: [String]) -> YAMLOutput {
        guard case .mapping(let entries) = self else { return self }
        return .mapping(entries.filter { !keys.contains($0.key) })
    }
}
