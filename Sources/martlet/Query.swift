import APIClient
import ArgumentParser

/// `martlet query …`: asks a running server, ours or a Prometheus.
struct Query: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask a server.", subcommands: [Instant.self, Range.self, Series.self, LabelValues.self])

    struct Instant: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Evaluate an expression at one time.",
            discussion: "martlet query instant http://127.0.0.1:9090 'sum by (job) (up)'")

        @OptionGroup var login: ServerLogin
        @Argument(help: "Server, as http://host:port.") var server: String
        @Argument(help: "PromQL expression.") var expression: String
        @Option(help: "Evaluation time, RFC 3339 or Unix seconds (default: now).") var time: String?

        func run() async throws {
            let parameters = [("query", expression)] + (time.map { [("time", $0)] } ?? [])
            print(try await login.client(server).get("query", parameters, as: QueryAnswer.self))
        }
    }

    struct Range: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Evaluate an expression at every step of a time range.",
            discussion: "martlet query range --start=1767225600 --end=1767229200 --step=60 http://127.0.0.1:9090 'rate(http_requests_total[5m])'")

        @OptionGroup var login: ServerLogin
        @Argument(help: "Server, as http://host:port.") var server: String
        @Argument(help: "PromQL expression.") var expression: String
        @Option(help: "First time, RFC 3339 or Unix seconds.") var start: String
        @Option(help: "Last time, RFC 3339 or Unix seconds.") var end: String
        @Option(help: "Step, as a duration or seconds.") var step: String = "60"

        func run() async throws {
            let parameters = [("query", expression), ("start", start), ("end", end), ("step", step)]
            print(try await login.client(server).get("query_range", parameters, as: QueryAnswer.self))
        }
    }

    struct Series: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List series.", discussion: "martlet query series --match='up{job=\"api\"}' http://127.0.0.1:9090")

        @OptionGroup var login: ServerLogin
        @Argument(help: "Server, as http://host:port.") var server: String
        @Option(help: "Series selector; may be given several times.") var match: [String]
        @Option(help: "First time, RFC 3339 or Unix seconds.") var start: String?
        @Option(help: "Last time, RFC 3339 or Unix seconds.") var end: String?

        func run() async throws {
            let parameters = match.map { ("match[]", $0) } + timeRange(start, end)
            for series in try await login.client(server).get("series", parameters, as: [[String: String]].self) {
                print(QueryAnswer.labels(series))
            }
        }
    }

    struct LabelValues: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "labels", abstract: "List the values of a label.", discussion: "martlet query labels http://127.0.0.1:9090 job")

        @OptionGroup var login: ServerLogin
        @Argument(help: "Server, as http://host:port.") var server: String
        @Argument(help: "Label name.") var name: String
        @Option(help: "Series selector; may be given several times.") var match: [String] = []
        @Option(help: "First time, RFC 3339 or Unix seconds.") var start: String?
        @Option(help: "Last time, RFC 3339 or Unix seconds.") var end: String?

        func run() async throws {
            let parameters = match.map { ("match[]", $0) } + timeRange(start, end)
            for value in try await login.client(server).get("label/\(name)/values", parameters, as: [String].self) { print(value) }
        }
    }
}

private func timeRange(_ start: String?, _ end: String?) -> [(String, String)] {
    (start.map { [("start", $0)] } ?? []) + (end.map { [("end", $0)] } ?? [])
}
