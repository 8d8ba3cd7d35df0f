import ArgumentParser
import Foundation
import Model
import Notifications
import Notifier
import Runtime
import Server
import StrictYAML

/// `martlet notify …`: tells people things.
struct Notify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Tell receivers something.", subcommands: [Test.self])

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send a sample alert to each integration of a receiver and say what came of it.",
            discussion: "martlet notify test ops --notifications.config=alertmanager.yml --resolved")

        @Argument(help: "Receiver.") var receiver: String
        @Option(name: .customLong("notifications.config"), help: "File of the notifier, in alertmanager.yml's grammar.") var notifications: String?
        @Option(name: .customLong("config.file"), help: "Configuration file with a key notifications.") var file = "martlet.yml"
        @Option(name: .customLong("web.external-url"), help: "The address that links begin with.") var externalURL = "http://localhost:9090"
        @Flag(help: "Then tell that it is over.") var resolved = false
        @Option(help: "Labels of the alert, a=b,c=d.") var labels: String?
        @Option(help: "An annotation of the alert, name=text; may be given several times.") var annotation: [String] = []

        func run() async throws {
            let tools = NotificationTools(files: .disk, environment: ProcessInfo.processInfo.environment)
            let sample = try NotificationTools.sample(labels: labels, annotations: annotation, now: SystemClock().now())
            let isAccepted = try await tools.trial(
                of: receiver, in: notifications ?? file, sample: sample, externalAddress: externalURL, resolves: resolved
            ) { print($0) }
            if !isAccepted { throw ExitCode(1) }
        }
    }
}
