import ArgumentParser
import ConfigurationFile
import Foundation
import Server
import StrictYAML

/// `martlet check …`: says what is wrong with a file, and where.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Check files.", subcommands: [Config.self, Rules.self])

    struct Config: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check configuration files and everything they name.", discussion: "martlet check config martlet.yml prometheus.yml")

        @Argument(help: "Configuration files.") var files: [String]

        func run() throws {
            var failed = false
            for file in files {
                let check = ConfigurationCheck(file, files: .disk, environment: ProcessInfo.processInfo.environment)
                for line in check.lines { print(line) }
                failed = failed || check.failed
            }
            if failed { throw ExitCode(1) }
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
}
