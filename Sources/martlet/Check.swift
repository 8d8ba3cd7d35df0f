import Access
import ArgumentParser
import ConfigurationFile
import Foundation
import Model
import Runtime
import Server
import StorageTools
import StrictYAML
import TSDB

/// `martlet check …`: says what is wrong with a file, and where.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check files.", subcommands: [Config.self, Rules.self, Notifications.self, WebConfig.self, Metrics.self])

    struct Config: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check configuration files and everything they name.",
            discussion: """
                martlet check config martlet.yml prometheus.yml
                martlet check config --takeover prometheus.yml
                """)

        @Argument(help: "Configuration files.") var files: [String]
        @Option(name: .customLong("notifications.config"), help: "File of the notifier, in alertmanager.yml's grammar.") var notifications: String?
        @Option(name: .customLong("storage.tsdb.path"), help: "Data folder: tells what the retention of samples would remove from it.")
        var dataFolder: String?
        @Flag(help: "List each place that works in Prometheus and not here: file:line:col, key, what happens, what to use instead.")
        var takeover = false
        @Option(name: .customLong("enable-feature"), help: "With --takeover: features that Prometheus is started with, separated by commas.")
        var features: [String] = []

        func run() throws {
            var failed = takeover && tellOfFeatures()
            for file in files where takeover {
                let report = TakeoverReport(file, notifications: notifications, files: .disk, environment: ProcessInfo.processInfo.environment)
                for line in report.lines { print(line) }
                failed = failed || report.failed
            }
            for file in files where !takeover {
                let check = ConfigurationCheck(file, notifications: notifications, files: .disk, environment: ProcessInfo.processInfo.environment)
                for line in check.lines { print(line) }
                if let dataFolder, let kept = check.retention { try tellOfPurging(dataFolder, kept) }
                failed = failed || check.failed
            }
            if failed { throw ExitCode(1) }
        }

        /// Whether there are some that a server here does not know.
        private func tellOfFeatures() -> Bool {
            let unknown = FeatureCheck.unknown(features.flatMap { $0.split(separator: ",").map(String.init) })
            for feature in unknown {
                print("-  --enable-feature=\(feature)  without effect: there is no such feature here  nothing; leave it out")
            }
            return !unknown.isEmpty
        }

        private func tellOfPurging(_ folder: String, _ kept: StorageConfiguration.Retention) throws {
            guard let time = kept.time, time > 0 else {
                return print("  \(folder): no retention of samples is set; a folder of another program is kept whole")
            }
            let preview = try RetentionPreview.of(folder, Retention(time: time), RealFileSystem(), clock: SystemClock())
            let told = preview.text.map { "remove \($0), once they are folded" } ?? "remove nothing"
            print("  \(folder): samples are kept for \(PromDuration.format(time)); purging would now \(told)")
        }
    }

    struct Rules: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Check rule files.", discussion: "martlet check rules rules/*.yml")

        @Argument(help: "Rule files.") var files: [String]
        @Flag(name: .customLong("severity-required"), help: "An alert without critical, warning, info or none as its severity is an error.")
        var severityRequired = false
        @Flag(help: "Fields that Prometheus does not know are errors.") var portable = false

        func run() throws {
            var failed = false
            for file in files {
                let check = RuleFileCheck(file, files: .disk, requiresSeverity: severityRequired, isPortable: portable)
                for line in check.lines { print(line) }
                failed = failed || check.failed
            }
            if failed { throw ExitCode(1) }
        }
    }

    struct WebConfig: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "web-config", abstract: "Check files of --web.config.file, with the certificates and keys they name.",
            discussion: "martlet check web-config web.yml")

        @Argument(help: "Web configuration files.") var files: [String]

        func run() throws {
            var failed = false
            for file in files {
                do {
                    let found = try AccessControl.check(file, files: .disk)
                    for warning in found.warnings { print("WARNING \(warning)") }
                    let transport = found.speaksTLS ? "TLS" : "plain HTTP"
                    let login = found.needsLogin ? "\(found.userCount) users, \(found.tokenCount) tokens" : "no login"
                    print("\(file): valid; \(transport), \(login)")
                } catch {
                    print("ERROR \(error)")
                    failed = true
                }
            }
            if failed { throw ExitCode(1) }
        }
    }
}
