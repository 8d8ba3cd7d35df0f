import Alertmanagers
import ClientConfiguration
import Model
import Notifier
import PromQL
import Rules
import Scraping
import StrictYAML

/// What `check config` prints about a file, and whether it may be used.
public struct ConfigurationCheck: Sendable {
    public private(set) var lines: [String] = []
    public private(set) var failed = false
    /// What the file says about how much is kept; nil if it could not be read.
    public private(set) var retention: StorageConfiguration.Retention?

    /// Checks a configuration file and everything it names: unlike a server, it wants all of it to be there.
    public init(
        _ path: String, notifications: String? = nil, files: FileReading, environment: [String: String] = [:],
        options: PromQLOptions = .standard
    ) {
        lines.append("Checking \(path)")
        do throws(ConfigurationError) {
            let configuration = try ConfigurationLoader.load(
                path, notifications: notifications, files: files, environment: environment, options: options)
            for warning in configuration.warnings { lines.append("  WARNING: \(warning)") }
            retention = configuration.storage.retention
            checkNamedFiles(configuration, files)
            checkTargets(configuration)
            checkNotifications(configuration, files)
            if !failed { lines.append(" SUCCESS: \(path) is valid prometheus config file syntax") }
            checkRules(configuration, files)
        } catch {
            for problem in error.problems { fail(problem) }
        }
    }

    private mutating func fail(_ problem: String) {
        failed = true
        lines.append("  FAILED: \(problem)")
    }

    private mutating func checkRules(_ configuration: ServerConfiguration, _ files: FileReading) {
        for path in configuration.ruleFilePatterns.flatMap(files.expand) {
            let groups = configuration.ruleGroups.filter { $0.file == path }
            if (try? files.read(path)) == nil {
                fail("the rule file \(path) cannot be read")
            } else {
                lines.append(" SUCCESS: \(groups.reduce(0) { $0 + $1.rules.count }) rules found in \(path)")
            }
        }
    }

    private mutating func checkNamedFiles(_ configuration: ServerConfiguration, _ files: FileReading) {
        let sections = configuration.scrapeConfigurations.map(\.discovery) + configuration.alerting.alertmanagers.map(\.discovery)
        let clients = configuration.scrapeConfigurations.map(\.client) + configuration.alerting.alertmanagers.map(\.client)
        for client in clients + sections.flatMap(\.polled).map(\.client) {
            for path in client.namedFiles where (try? files.read(path)) == nil { fail("the file \(path) cannot be read") }
        }
        for path in sections.flatMap(\.fileDiscovery).flatMap(\.patterns) {
            let found = files.expand(path)
            if found.isEmpty { lines.append("  WARNING: no file fits \(path)") }
            for file in found { checkTargetFile(file, files) }
        }
    }

    private mutating func checkNotifications(_ configuration: ServerConfiguration, _ files: FileReading) {
        for pattern in configuration.notifications.notifier.templateFiles {
            let found = files.expand(pattern)
            if found.isEmpty { lines.append("  WARNING: no file fits \(pattern)") }
            for path in found where (try? files.read(path)) == nil { fail("the template file \(path) cannot be read") }
        }
    }

    private mutating func checkTargetFile(_ path: String, _ files: FileReading) {
        guard let bytes = try? files.read(path) else {
            lines.append("  WARNING: the target file \(path) cannot be read")
            return
        }
        do {
            _ = try FileDiscovery.parse(bytes, path: path)
        } catch {
            fail(error.description)
        }
    }

    /// Relabels the static targets as a server would, to find addresses that cannot be reached.
    private mutating func checkTargets(_ configuration: ServerConfiguration) {
        for job in configuration.scrapeConfigurations {
            check(job.discovery.staticGroups, job.relabelling, "job \"\(job.jobName)\"")
        }
        for managers in configuration.alerting.alertmanagers {
            check(managers.discovery.staticGroups, managers.relabelling, "an alertmanager")
        }
    }

    private mutating func check(_ groups: [TargetGroup], _ rules: [RelabelRule], _ owner: String) {
        for group in groups {
            for target in group.targets {
                guard let labels = Relabeller.apply(rules, to: Labels(Array(group.labels) + Array(target))) else { continue }
                let address = labels[TargetGroup.addressLabel] ?? ""
                if address.contains("/") { fail("\(owner): \"\(address)\" is not a valid hostname") }
            }
        }
    }
}
