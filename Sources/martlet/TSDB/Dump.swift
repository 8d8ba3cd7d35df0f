import ArgumentParser
import Runtime
import StorageTools
import TSDB

/// What both dumps are told.
struct DumpOptions: ParsableArguments {
    @Option(name: .customLong("min-time"), help: "First time, milliseconds since 1970.") var minTime = Int64.min
    @Option(name: .customLong("max-time"), help: "Last time, milliseconds since 1970.") var maxTime = Int64.max
    @Option(help: "Series selector; may be given several times.") var match = ["{__name__=~'(?s:.*)'}"]
    @Option(name: .customLong("sandbox-dir-root"), help: .hidden) var sandbox: String?
    @Argument(help: "Data folder.") var folder = "data"

    /// Nothing is written beside the output, so no sandbox is needed; the flag is there for scripts that have it.
    func run(_ form: SampleDump.Form) throws {
        let reading = try FolderReading(folder, RealFileSystem(), clock: SystemClock())
        StorageCommand.tell(reading.problems)
        var dump = SampleDump(form, TimeRange(from: minTime, through: maxTime)) { try StorageCommand.write($0) }
        try dump.run(reading.source, selectors: match)
        if !reading.problems.isEmpty { throw ExitCode(1) }
    }
}

struct Dump: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print samples.", discussion: "martlet tsdb dump --match='up' --min-time=1700000000000 data")

    @OptionGroup var options: DumpOptions

    func run() throws { try options.run(.plain) }
}

struct DumpOpenMetrics: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dump-openmetrics", abstract: "Print samples as OpenMetrics text, without staleness markers and native histograms.",
        discussion: "martlet tsdb dump-openmetrics data > history.om")

    @OptionGroup var options: DumpOptions

    func run() throws { try options.run(.openMetrics) }
}
