import ArgumentParser
import Demo

/// `martlet demo`: metrics pages of a product to try the server with.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Serve the metrics pages of a made-up product on local ports.",
        discussion: """
            martlet demo --base-port=19100 --seed=7
            martlet demo --drill=redis-down --drill-seconds=600
            martlet demo history data                  a year of it in an empty data folder, to begin with

            Incidents come one after the other, the first within two minutes, and are named in the log when they begin and end.
            """,
        subcommands: [DemoHistoryCommand.self])

    @OptionGroup var pages: DemoPages
    @Option(help: "Address to listen on.") var host = "127.0.0.1"
    @Option(help: ArgumentHelp("Play this incident at once and no other; `list` names them all.", valueName: "name")) var drill: String?
    @Option(name: .customLong("drill-seconds"), help: "How long the drill is played.") var drillSeconds = 900.0
    @Flag(help: "Play no incidents.") var quiet = false

    func validate() throws {
        guard let drill else { return }
        if quiet { throw ValidationError("--quiet plays no incidents, --drill plays one: choose") }
        if drill != "list", Drill(rawValue: drill) == nil {
            throw ValidationError("no drill is named '\(drill)'; there are: \(Drill.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        guard drillSeconds > 0, drillSeconds.isFinite else { throw ValidationError("--drill-seconds must be above 0") }
    }

    func run() async throws {
        if drill == "list" {
            for drill in Drill.allCases { print("\(drill.rawValue)  \(drill.title)") }
            return
        }
        let (host, basePort) = (host, pages.basePort)
        let program = drill.flatMap(Drill.init).map { DemoProgram.drill($0, seconds: drillSeconds) } ?? (quiet ? .quiet : .rounds)
        try await runDemo(
            DemoOptions(host: host, basePort: basePort, seed: pages.seed, program: program) {
                for (offset, page) in DemoPage.all.enumerated() { print("http://\(host):\(basePort + offset)/metrics  \(page.title)") }
            })
    }
}

/// Which pages they are, for the demo and for its past. One group for both: what a command has of its own its subcommands never see.
struct DemoPages: ParsableArguments {
    @Option(name: .customLong("base-port"), help: "The first page's port; the others follow it.") var basePort = 19_100
    @Option(help: "The same seed and time give the same pages, and the same start the same incidents.") var seed: UInt64 = 1
}
