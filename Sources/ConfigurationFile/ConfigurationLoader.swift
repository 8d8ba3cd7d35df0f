import Model
import Notifier
import PromQL
import Rules
import Scraping
import StrictYAML

/// Reads a server's whole configuration: the file itself, the scrape files and rule files it names.
public enum ConfigurationLoader {
    /// Throws with every broken file's first problem. Nothing is half accepted.
    /// - Parameters:
    ///   - path: the configuration file; relative paths in it are seen from its folder.
    ///   - notifications: a file of Alertmanager's, in place of the key `notifications`.
    ///   - environment: for `${NAME}` in external labels.
    ///   - protocols: of scrapes, where the file says none.
    public static func load(
        _ path: String, notifications: String? = nil, files: FileReading, environment: [String: String] = [:],
        options: PromQLOptions = .standard, protocols: [ScrapeProtocol] = ScrapeProtocol.usual
    ) throws(ConfigurationError) -> ServerConfiguration {
        let reader = ConfigurationReader(files: files, environment: environment, protocols: protocols)
        var configuration: ServerConfiguration
        do {
            configuration = try reader.read(path)
            if let notifications { try reader.readNotifications(notifications, &configuration) }
        } catch {
            throw ConfigurationError(problems: [error.description])
        }
        let problems = readRules(&configuration, files, options)
        if !problems.isEmpty { throw ConfigurationError(problems: problems) }
        configuration.redacted = EffectiveYAML.text(of: configuration)
        configuration.warnings += reader.notes.all.map(\.description)
        return configuration
    }

    /// Reads what the rule patterns stand for; a pattern that fits nothing is fine, as is a plain path to a file that comes later.
    private static func readRules(_ configuration: inout ServerConfiguration, _ files: FileReading, _ options: PromQLOptions) -> [String] {
        var problems: [String] = []
        for path in configuration.ruleFilePatterns.flatMap(files.expand) {
            guard let bytes = try? files.read(path) else {
                configuration.warnings.append("\(path): the rule file cannot be read and is left out")
                continue
            }
            do throws(YAMLError) {
                configuration.ruleGroups += try RuleFile.parse(
                    bytes, file: path, options: options, validation: configuration.global.scraping.nameValidation)
            } catch {
                problems.append(error.description)
            }
        }
        return problems
    }
}

/// Reads the main file and the scrape files.
struct ConfigurationReader {
    let files: FileReading
    let environment: [String: String]
    /// Of scrapes, where the file says none.
    var protocols = ScrapeProtocol.usual
    /// Paths, by file, of what is read as if it were not there; an empty one is the whole file.
    var leavingOut: [String: Set<String>] = [:]
    let notes = YAMLNotes()

    private static let keys = [
        "global", "runtime", "rule_files", "scrape_config_files", "scrape_configs", "alerting", "storage", "tracing", "remote_write",
        "remote_read", "otlp", "notifications",
    ]

    func read(_ path: String) throws(YAMLError) -> ServerConfiguration {
        var configuration = ServerConfiguration()
        guard let root = try parse(path) else { return configuration }
        let map = try root.mapping(keys: Self.keys)
        configuration.global.scraping.usualProtocols = protocols
        if let value = map.given("global") {
            configuration.global = try GlobalConfiguration(value, environment: environment, protocols: protocols)
        }
        _ = try map.given("runtime")?.mapping(keys: ["gogc"]).integer("gogc", in: -1...Int64.max)
        configuration.ruleFilePatterns = try patterns(map, "rule_files")
        configuration.scrapeFilePatterns = try patterns(map, "scrape_config_files")
        if let value = map.given("storage") { configuration.storage = try StorageConfiguration(value) }
        if let value = map.given("alerting") { configuration.alerting = try AlertingConfiguration(value) }
        if let value = map.given("notifications") {
            configuration.notifications = try NotificationsConfiguration(section: value, zones: .system(files))
        }
        try checkLater(map, configuration.global.scraping.nameValidation)
        try readJobs(map, path, &configuration)
        return configuration
    }

    /// Reads a file of Alertmanager's, which must then be all that is said about notifications.
    func readNotifications(_ path: String, _ configuration: inout ServerConfiguration) throws(YAMLError) {
        guard configuration.notifications.shown == nil else {
            throw YAMLError(
                YAMLPlace(file: path, line: 1, column: 1), "there is a key notifications in the configuration file too; only one of both can hold")
        }
        if isLeftOut(path) { return }
        guard let value = try parse(path) else {
            throw YAMLError(YAMLPlace(file: path, line: 1, column: 1), "the file is empty; it must have a route")
        }
        configuration.notifications = try NotificationsConfiguration(whole: value, zones: .system(files))
    }

    private func isLeftOut(_ path: String) -> Bool { leavingOut[path]?.contains("") == true }

    private func bytes(of path: String) throws(YAMLError) -> [UInt8] {
        do {
            return try files.read(path)
        } catch {
            throw YAMLError(YAMLPlace(file: path, line: 1, column: 1), "the file cannot be read: \(error)")
        }
    }

    private func parse(_ path: String) throws(YAMLError) -> YAMLValue? {
        if isLeftOut(path) { return nil }
        return try YAMLValue.parse(try bytes(of: path), file: path, notes: notes)?.without(leavingOut[path] ?? [])
    }

    private func checkLater(_ map: YAMLMapping, _ validation: NameValidation) throws(YAMLError) {
        if let value = map.given("tracing") { try LaterChecks.tracing(value) }
        if let value = map.given("otlp") { try LaterChecks.otlp(value, validation) }
        if let value = map.given("remote_write") { try RemoteChecks.checkWrite(value) }
        if let value = map.given("remote_read") { try RemoteChecks.checkRead(value) }
    }

    private func patterns(_ map: YAMLMapping, _ key: String) throws(YAMLError) -> [String] {
        var all: [String] = []
        for item in try map.list(key) {
            let path = try item.filePath()
            guard !GlobPattern.isPattern(FilePaths.split(try item.string()).folder) else {
                throw item.error("\"\(try item.string())\": only the last element of the path may hold a pattern")
            }
            all.append(path)
        }
        return all
    }

    private func readJobs(_ map: YAMLMapping, _ path: String, _ configuration: inout ServerConfiguration) throws(YAMLError) {
        var places: [[UInt8]: YAMLPlace] = [:]
        try add(try map.list("scrape_configs"), &places, &configuration)
        for file in configuration.scrapeFilePatterns.flatMap(files.expand) {
            guard let root = try parse(file) else { continue }
            try add(try root.mapping(keys: ["scrape_configs"]).list("scrape_configs"), &places, &configuration)
        }
    }

    private func add(
        _ list: [YAMLValue], _ places: inout [[UInt8]: YAMLPlace], _ configuration: inout ServerConfiguration
    ) throws(YAMLError) {
        for value in list {
            let job = try ScrapeConfiguration(value, defaults: configuration.global.scraping)
            if let first = places.updateValue(value.place, forKey: Array(job.jobName.utf8)) {
                throw value.error("the job name \"\(job.jobName)\" is used twice; first at \(first)")
            }
            configuration.scrapeConfigurations.append(job)
        }
    }
}

extension ZoneDatabase {
    /// The zones of the machine, through whatever reads its files.
    public static func system(_ files: FileReading) -> ZoneDatabase {
        let local = (try? files.read("/etc/localtime")).flatMap { try? ZoneFile.read($0, name: "Local") }
        return ZoneDatabase(local: local ?? .utc) { try? files.read("/usr/share/zoneinfo/" + $0) }
    }
}
