import ArgumentParser
import Model
import Runtime
import StorageTools
import TSDB

struct CreateBlocks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create-blocks-from", abstract: "Make blocks of data from elsewhere.", subcommands: [FromOpenMetrics.self, FromRules.self])
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
        let work = OpenMetricsImport(try options(), files) {
            meter.show($0.bytes, of: $0.totalBytes, "\($0.samples) samples of \($0.series) series")
        }
        var blocks = MadeBlocks(folder, files)
        try work.run(file, into: folder) {
            MadeBlocks.newULID(clock)
        } written: {
            blocks.add($0)
        }
        meter.end()
        if !quiet { blocks.print(readable: readable) }
    }

    private func options() throws -> OpenMetricsImport.Options {
        var options = OpenMetricsImport.Options()
        guard let duration = PromDuration.parse(blockDuration), duration >= options.blockDuration else {
            throw ValidationError("--max-block-duration: \(blockDuration) is no duration of two hours or more")
        }
        options.blockDuration = duration
        options.labels = try label.map(LabelArgument.parse)
        return options
    }
}

/// The blocks that a command has made, for its table.
struct MadeBlocks {
    private let folder: String
    private let files: any FileSystem
    private var blocks: [(meta: BlockMeta, bytes: Int)] = []

    init(_ folder: String, _ files: any FileSystem) {
        self.folder = folder
        self.files = files
    }

    static func newULID(_ clock: any Clock) -> ULID {
        ULID(time: clock.now(), random: (.random(in: 0...UInt64.max), .random(in: 0...UInt16.max)))
    }

    mutating func add(_ meta: BlockMeta) {
        let block = try? Block.open(path: FilePath.join(folder, "\(meta.ulid)"), files: files) { _ in }
        blocks.append((meta, block?.bytes ?? 0))
    }

    func print(readable: Bool) {
        for line in BlockTable.lines(blocks, readable: readable) { Swift.print(line) }
    }
}
