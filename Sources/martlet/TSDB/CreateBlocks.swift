import ArgumentParser
import Glibc
import Model
import Runtime
import StorageTools
import TSDB

struct CreateBlocks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create-blocks-from", abstract: "Make blocks of data from elsewhere.", subcommands: [FromOpenMetrics.self])
}

struct FromOpenMetrics: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openmetrics", abstract: "Make blocks of an OpenMetrics file in which every sample has its time.",
        discussion: "martlet tsdb create-blocks-from openmetrics --label=site=main history.om data; then restart the server on that folder.")

    @Option(name: .customLong("max-block-duration"), help: "How long blocks are.") var blockDuration = "2h"
    @Flag(name: .shortAndLong, help: "Do not print the blocks.") var quiet = false
    @Flag(name: [.customShort("r"), .customLong("human-readable")], help: "Times and sizes for people.") var readable = false
    @Option(help: "A label for every series, as name=value; may be given several times.") var label: [String] = []
    @Argument(help: "File to read.") var file: String
    @Argument(help: "Folder for the blocks.") var folder = "data"

    func run() throws {
        let files = RealFileSystem()
        let clock = SystemClock()
        var meter = ProgressMeter()
        let work = OpenMetricsImport(try options(), files) { meter.show($0) }
        var blocks: [(meta: BlockMeta, bytes: Int)] = []
        try work.run(file, into: folder) {
            ULID(time: clock.now(), random: (.random(in: 0...UInt64.max), .random(in: 0...UInt16.max)))
        } written: { meta in
            let block = try? Block.open(path: FilePath.join(folder, "\(meta.ulid)"), files: files) { _ in }
            blocks.append((meta, block?.bytes ?? 0))
        }
        meter.end()
        if !quiet { BlockTable.lines(blocks, readable: readable).forEach { print($0) } }
    }

    private func options() throws -> OpenMetricsImport.Options {
        var options = OpenMetricsImport.Options()
        guard let duration = PromDuration.parse(blockDuration), duration >= options.blockDuration else {
            throw ValidationError("--max-block-duration: \(blockDuration) is no duration of two hours or more")
        }
        options.blockDuration = duration
        options.labels = try label.map { text in
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else { throw ValidationError("--label: \(text) is not name=value") }
            return Label(String(parts[0]), String(parts[1]))
        }
        return options
    }
}

/// One line on a terminal that says how far an import is; silent elsewhere.
private struct ProgressMeter {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var shown = -1

    mutating func show(_ progress: OpenMetricsImport.Progress) {
        let hundredths = progress.totalBytes > 0 ? progress.bytes * 100 / progress.totalBytes : 100
        guard isTerminal, hundredths > shown else { return }
        shown = hundredths
        StorageCommand.note("\r\(hundredths) %, \(progress.samples) samples of \(progress.series) series", end: "")
    }

    func end() {
        if isTerminal, shown >= 0 { StorageCommand.note("") }
    }
}
