import ArgumentParser
import Catalog
import ConfigurationFile
import Foundation
import Model
import Rules
import Runtime
import Server
import StrictYAML
import TSDB

/// `martlet alerts …`.
struct AlertsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts", abstract: "Look at what alerts have done.", subcommands: [Review.self])

    struct Review: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Which alerts make noise, never fire, come and go, or have no runbook.",
            discussion: "martlet alerts review --since 7d --config.file=martlet.yml --storage.tsdb.path=data")

        @Option(help: "How far to look back, as 7d.") var since = "7d"
        @Option(name: .customLong("storage.tsdb.path"), help: "Data folder.") var storagePath = "data"
        @Option(name: .customLong("config.file"), help: "Configuration file, which names the rule files.") var configFile = "martlet.yml"
        @Option(help: "How many of each kind are shown.") var limit = 20

        func validate() throws {
            guard let range = PromDuration.parse(since), range > 0 else { throw ValidationError("--since: \(since) is no duration such as 7d") }
            guard limit > 0 else { throw ValidationError("--limit must be greater than 0") }
        }

        func run() throws {
            let configuration = try ConfigurationLoader.load(configFile, files: .disk, environment: ProcessInfo.processInfo.environment)
            let catalog = try CatalogReader(dataFolder: storagePath, RealFileSystem())
            let now = SystemClock().now()
            let query = RecordQuery(kinds: [.transition], from: now - (PromDuration.parse(since) ?? 0), through: now)
            var transitions: [TransitionRecord] = []
            try catalog.forEach(query) { record in
                if case .transition(let transition) = record.entry { transitions.append(transition) }
            }
            let review = AlertReview(transitions.reversed(), rules: configuration.ruleGroups.flatMap(AlertReview.Rule.all(of:)))
            for line in review.lines(showing: limit) { print(line) }
        }
    }
}

extension AlertReview.Rule {
    /// The alerting rules of a group.
    fileprivate static func all(of group: RuleGroup) -> [AlertReview.Rule] {
        group.rules.compactMap { rule in
            guard case .alerting(let alert) = rule.kind else { return nil }
            let runbook = alert.annotations.contains { $0.name == "runbook_url" || $0.name == "runbook" }
            return AlertReview.Rule(group: group.name, name: rule.name, hasRunbook: runbook)
        }
    }
}
