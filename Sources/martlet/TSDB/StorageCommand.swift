import ArgumentParser
import Glibc
import Model
import Runtime
import TSDB

/// `martlet tsdb …`: data folders, ours or a Prometheus's, without a server.
struct StorageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tsdb", abstract: "Look into data folders, check them, make blocks, and plan ahead.",
        discussion: """
            martlet tsdb list -r data                        the blocks of a folder
            martlet tsdb verify data                         check every block and log; exit code 1 if something is wrong
            martlet tsdb dump --match='up' data              samples as text
            martlet tsdb create-blocks-from openmetrics history.om data
            martlet tsdb export --thanos=bucket data         the tiers as downsampled blocks of Thanos
            martlet tsdb plan --series 10000 --interval 15s  the disk and memory that it will take
            """,
        subcommands: [ListBlocks.self, Analyze.self, Dump.self, DumpOpenMetrics.self, Verify.self, CreateBlocks.self, PlanStorage.self, Export.self])

    /// Writes to the standard output; a reader that has gone ends the program quietly, as a pipe's other end may.
    static func write(_ bytes: UnsafeRawBufferPointer, to output: Int32 = STDOUT_FILENO) throws {
        var rest = bytes
        while let base = rest.baseAddress, rest.count > 0 {
            let count = Glibc.write(output, base, rest.count)
            guard count >= 0 || errno == EINTR else { throw ExitCode(1) }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(max(0, count)))
        }
    }

    /// Tells on the standard error what was left out, so that the output stays what it says.
    static func tell(_ problems: [BlockFault]) {
        for problem in problems { note("cannot be read and is left out: \(problem)") }
    }

    static func note(_ text: String, end: String = "\n") {
        var line = text + end
        line.withUTF8 { try? write(UnsafeRawBufferPointer($0), to: STDERR_FILENO) }
    }
}
