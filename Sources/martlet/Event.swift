import APIClient
import ArgumentParser

/// `martlet event …`: tells a running server what is done to the product.
struct Event: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell a server of a deploy or a maintenance.",
        discussion: """
            martlet event deploy http://127.0.0.1:9090 --comment 'api 4.2'
            martlet event maintenance http://127.0.0.1:9090 --for 30m --match 'job="db"' --comment 'new disks'
            """, subcommands: [Deploy.self, Maintenance.self])

    struct Deploy: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "A new version goes out.")

        @Argument(help: "Server, as http://host:port.") var server: String
        @Option(name: .customLong("for"), help: "How long it takes, as 10m (default: a moment).") var length: String?
        @OptionGroup var told: Told

        func run() async throws { try await told.send(kind: "deploy", length: length, to: server) }
    }

    struct Maintenance: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Something is worked on: its alerts are silenced, and an info alert says so, until the time is over.")

        @Argument(help: "Server, as http://host:port.") var server: String
        @Option(name: .customLong("for"), help: "How long it takes, as 30m.") var length: String
        @OptionGroup var told: Told

        func run() async throws { try await told.send(kind: "maintenance", length: length, to: server) }
    }

    struct Told: ParsableArguments {
        @OptionGroup var login: ServerLogin
        @Option(help: "Condition that alerts must meet to be meant, as job=\"db\"; may be given several times (default: all alerts).")
        var match: [String] = []
        @Option(help: "What is done, and why.") var comment = ""
        @Option(help: "Who does it, where nobody has to log in.") var by = ""

        func send(kind: String, length: String?, to server: String) async throws {
            let form = [("kind", kind), ("comment", comment), ("by", by)] + (length.map { [("for", $0)] } ?? []) + match.map { ("match[]", $0) }
            let event = try await login.client(server).post(
                "events", form, as: EventAnswer.self)
            print("\(event.kind) \(event.id) from \(event.startsAt)" + (event.endsAt.map { " until \($0)" } ?? ""))
        }
    }
}

/// What the server says of an event.
private struct EventAnswer: Decodable, Sendable {
    let id: String
    let kind: String
    let startsAt: String
    let endsAt: String?
}
