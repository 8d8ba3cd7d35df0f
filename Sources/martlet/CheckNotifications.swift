import ArgumentParser
import Foundation
import Notifications
import Runtime
import Server
import StrictYAML

extension Check {
    struct Notifications: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check the configuration of the notifier, its templates and files of secrets, and say who is told of an alert.",
            discussion: "martlet check notifications alertmanager.yml --labels severity=critical,job=db")

        @Argument(help: "File of the notifier in alertmanager.yml's grammar, or a configuration file with a key notifications.") var file: String
        @Option(help: "Labels of an alert, a=b,c=d: say who gets it.") var labels: String?

        func run() throws {
            let tools = NotificationTools(files: .disk, environment: ProcessInfo.processInfo.environment)
            let check = tools.check(file, labels: try labels.map(NotificationTools.labels), now: SystemClock().now())
            for line in check.lines { print(line) }
            if check.failed { throw ExitCode(1) }
        }
    }
}
