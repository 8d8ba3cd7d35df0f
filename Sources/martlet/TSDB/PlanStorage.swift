import ArgumentParser
import ConfigurationFile
import Foundation
import Model
import Server
import StorageTools
import StrictYAML
import TSDB

struct PlanStorage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Tell how much disk and memory series will take.",
        discussion: """
            martlet tsdb plan --series 10000 --interval 15s
            martlet tsdb plan --series 10000 --config.file=martlet.yml --disk 40GB data

            Bytes per sample and window are those of the demo, or of a data folder if one is named.
            """)

    @Option(help: "Series that are scraped at a time.") var series: Double
    @Option(help: "From one scrape to the next.") var interval = "15s"
    @Option(name: .customLong("config.file"), help: "Configuration with the retentions (default: 7d raw, 30d at 5m, 1y at 1h).") var configFile:
        String?
    @Option(help: "Room for the data, as 40GB; tells when it will be full.") var disk: String?
    @Argument(help: "Data folder to measure.") var folder: String?

    func run() throws {
        let load = try load()
        let costs = try folder.map { try MeasuredCosts.of($0, RealFileSystem()) } ?? .usual
        for line in PlanTable.lines(load, costs, disk: try disk.map(bytes)) { print(line) }
    }

    private func load() throws -> StorageLoad {
        guard series >= 1, series <= 1e9 else { throw ValidationError("--series: from 1 to 1000000000") }
        guard let interval = PromDuration.parse(interval), interval > 0 else {
            throw ValidationError("--interval: \(quoted(interval)) is no duration")
        }
        var load = StorageLoad(series: series, interval: interval)
        guard let configFile else { return load }
        let storage = try ConfigurationLoader.load(configFile, files: .disk, environment: ProcessInfo.processInfo.environment).storage
        if let time = storage.retention.time { load.retention.time = time }
        load.tiers = storage.tiers.policy(raw: load.retention.time)
        return load
    }

    private func bytes(_ text: String) throws -> Double {
        guard let bytes = ByteSize.parse(text), bytes > 0 else { throw ValidationError("--disk: \(quoted(text)) is no size such as 40GB") }
        return Double(bytes)
    }
}
