import ClientConfiguration
public import Model
public import Notifier
public import StrictYAML

/// What `check notifications` prints about a file, and whether it may be used: that it can be read, that its templates can be read and work for a
/// sample, that files of secrets are there; and who is told of an alert.
public struct NotificationCheck: Sendable {
    public private(set) var lines: [String] = []
    public private(set) var failed = false
    private let files: FileReading
    private let sample: SampleDelivery

    /// - Parameter labels: of the alert whose receivers are asked for; nil if nobody asks.
    public init(_ path: String, labels: Labels?, files: FileReading, zones: ZoneDatabase, now: Timestamp) {
        self.files = files
        sample = SampleDelivery(labels: labels ?? SampleDelivery.standardLabels, now: now)
        lines.append("Checking \(path)")
        do throws(YAMLError) {
            let file = try NotifierFile(path, files: files, zones: zones)
            for warning in file.warnings { lines.append("  WARNING: \(warning)") }
            check(file, zones)
            if let labels { route(labels, NotifierPlan(file.configuration)) }
        } catch {
            fail("\(error)")
        }
    }

    private mutating func fail(_ problem: String) {
        failed = true
        lines.append("  FAILED: \(problem)")
    }

    // MARK: The file

    private mutating func check(_ file: NotifierFile, _ zones: ZoneDatabase) {
        for pattern in file.configuration.templateFiles where files.expand(pattern).isEmpty { lines.append("  WARNING: no file fits \(pattern)") }
        let templates: MessageTemplates
        do throws(MessageTemplates.Fault) {
            templates = try MessageTemplates(patterns: file.configuration.templateFiles, files: files, zone: file.zone.name)
        } catch {
            return fail(error.description)
        }
        let writer = LetterWriter(templates: templates, zone: file.zone, zones: ZoneCache(zones), client: "martlet", readFile: files.read)
        let plan = NotifierPlan(file.configuration)
        for receiver in file.configuration.receivers {
            for integration in plan.receivers[receiver.name] ?? [] { check(integration, writer) }
        }
        let (receivers, integrations) = (plan.receivers.count, plan.integrations.count)
        if !failed { lines.append(" SUCCESS: \(receivers) receivers with \(integrations) integrations") }
    }

    /// Writes what the integration would be told, of an alert that fires and of one that is over.
    private mutating func check(_ integration: NotifierPlan.Integration, _ writer: LetterWriter) {
        var problems: [String] = []
        for isResolved in [false, true] {
            let delivery = sample.delivery(to: integration.key, isResolved: isResolved, id: 0)
            for problem in writer.problems(Notification(delivery, externalAddress: "http://localhost:9090"), integration.settings)
            where !problems.contains(problem) { problems.append(problem) }
        }
        for path in integration.settings.namedFiles where (try? files.read(path)) == nil { problems.append("the file \(path) cannot be read") }
        for problem in problems { fail("\(integration.key): \(problem)") }
    }

    // MARK: Routes

    private mutating func route(_ labels: Labels, _ plan: NotifierPlan) {
        lines.append("Alert \(labels)")
        for index in plan.tree.matches(labels) {
            let node = plan.tree.nodes[index]
            let group = plan.tree.groupLabels(of: labels, at: index)
            lines.append("  by the route \(node.key)")
            lines.append("    to \(node.options.receiver), in the group \(plan.tree.groupKey(of: group, at: index))")
            for integration in plan.receivers[node.options.receiver] ?? [] { lines.append("    \(integration.key)") }
            if let muting = plan.muting(node.options, at: sample.now) {
                let isOutside = muting == node.options.activeTimeIntervals
                lines.append("    told nothing now: \(isOutside ? "outside of" : "within") \(muting.joined(separator: ", "))")
            }
        }
    }
}

extension IntegrationConfiguration.Settings {
    /// The files that requests need besides those of secrets.
    var namedFiles: [String] {
        switch self {
        case .email(let settings): [settings.smtp.tls.authorityFile, settings.smtp.tls.certificateFile, settings.smtp.tls.keyFile].compactMap(\.self)
        case .slack(let settings): settings.http.namedFiles
        case .webhook(let settings): settings.http.namedFiles
        case .telegram(let settings): settings.http.namedFiles
        case .pagerDuty(let settings): settings.http.namedFiles
        case .sentry(let settings): settings.http.namedFiles
        }
    }
}
