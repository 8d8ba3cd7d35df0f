import ArgumentParser
import ConfigurationFile
import Foundation
import Server
import StrictYAML

/// `martlet check …`: says what is wrong with a file, and where.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Check files.", subcommands: [Config.self])

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
}
