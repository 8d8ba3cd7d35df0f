import ArgumentParser
import ConfigurationFile
import Demo
import Foundation
import Model
import Runtime
import Server
import StrictYAML
import TSDB

/// `martlet demo history`: a past for the demo.
struct DemoHistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Fill an empty data folder with a year of what the demo's pages would have said.",
        discussion: """
            martlet demo history --config.file=deploy/demo/martlet.yml data

            Scraped every 15 s in the last six hours, every 100 s in the last week, every 2.5 min in the last month, every half hour before that, and
            folded into tiers and purged as a server does with 7 d, 30 d and 1 y. A folder that is not empty is left as it is. The demo that goes on
            from there must have the same seed.
            """)

    @Option(name: .customLong("config.file"), help: "Configuration that names the demo's pages as targets.") var configFile =
        "deploy/demo/martlet.yml"
    @OptionGroup var pages: DemoPages
    @Option(help: "How far the past reaches back.") var length = "1y"
    @Argument(help: "Data folder.") var folder = "data"

    func run() throws {
        guard let length = PromDuration.parse(length), length > 0 else { throw ValidationError("--length: \(quoted(length)) is no duration above 0") }
        let configuration = try ConfigurationLoader.load(configFile, files: .disk, environment: ProcessInfo.processInfo.environment)
        let sources = DemoHistory.Source.all(of: configuration.scrapeConfigurations, basePort: pages.basePort, files: .disk)
        guard !sources.isEmpty else {
            throw ValidationError("no target of \(configFile) has one of the demo's ports, \(pages.basePort) and those after it")
        }
        let clock = SystemClock()
        let (end, began) = (clock.now(), clock.monotonic())
        let history = DemoHistory(sources, seed: pages.seed, end: end, length: length, files: RealFileSystem())
        var meter = ProgressMeter()
        let done = try history.fill(folder) { done in
            meter.show(Int(done.time - (end - length)), of: Int(length), "\(RFC3339.formatShortest(done.time)), \(done.samples) samples")
        }
        meter.end()
        guard let done else { return print("\(folder) has data already and stays as it is") }
        let seconds = Double((clock.monotonic() - began) / 100_000_000) / 10
        print("\(done.samples) samples of \(PromDuration.format(length)) in \(folder), made in \(FloatFormat.plain(seconds)) s")
    }
}
