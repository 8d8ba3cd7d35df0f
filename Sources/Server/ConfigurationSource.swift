import ConfigurationFile
import Foundation
import Notifications
import Notifier
import PromQL
import Scraping
import StrictYAML

/// Where the configuration comes from, at the start and at each reload.
struct ConfigurationSource: Sendable {
    let path: String
    let notifications: String?
    let features: PromQLOptions
    /// Of scrapes, where the file says none.
    var protocols = ScrapeProtocol.usual

    /// The templates that a configuration names.
    static func templates(_ notifications: NotificationsConfiguration) throws(ConfigurationError) -> MessageTemplates {
        do {
            return try MessageTemplates(patterns: notifications.notifier.templateFiles, files: .disk, zone: notifications.zone.name)
        } catch {
            throw ConfigurationError(problems: [error.description])
        }
    }

    func load() throws(ConfigurationError) -> ServerConfiguration {
        try ConfigurationLoader.load(
            path, notifications: notifications, files: .disk, environment: ProcessInfo.processInfo.environment, options: features,
            protocols: protocols)
    }
}
