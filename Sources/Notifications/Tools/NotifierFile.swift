public import Notifier
public import StrictYAML

/// A file that says who is told of what: one of Alertmanager's, or a server's configuration with a key `notifications`.
public struct NotifierFile: Sendable {
    public let path: String
    public let configuration: NotifierConfiguration
    /// Whose time is told besides UTC.
    public let zone: Zone
    /// What is no fault but may be a mistake.
    public let warnings: [String]

    /// Throws the first fault with its place.
    public init(_ path: String, files: FileReading, zones: ZoneDatabase) throws(YAMLError) {
        let start = YAMLPlace(file: path, line: 1, column: 1)
        let bytes: [UInt8]
        do {
            bytes = try files.read(path)
        } catch {
            throw YAMLError(start, "the file cannot be read: \(error)")
        }
        let notes = YAMLNotes()
        guard let value = try YAMLValue.parse(bytes, file: path, notes: notes) else { throw YAMLError(start, "the file is empty") }
        let section = try value.entries().first { $0.key == "notifications" }?.value
        if let section {
            let notifications = try NotificationsConfiguration(section: section, zones: zones)
            (configuration, zone) = (notifications.notifier, notifications.zone)
        } else {
            (configuration, zone) = (try NotifierConfiguration(value, zones: zones), .utc)
        }
        warnings = notes.all.map(\.description)
        self.path = path
    }
}
