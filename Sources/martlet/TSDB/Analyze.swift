import ArgumentParser
import PromQL
import StorageTools
import TSDB

struct Analyze: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell which labels and metrics a block is made of.", discussion: "martlet tsdb analyze --limit=5 data")

    @Option(help: "How many items to show in each list.") var limit = 20
    @Flag(help: "Tell the sizes of chunks too.") var extended = false
    @Option(help: "Series selector to analyze.") var match = ""
    @Argument(help: "Data folder.") var folder = "data"
    @Argument(help: "Block (default: the one made last).") var block: String?

    func run() throws {
        let found = try FolderReading.blocks(folder, RealFileSystem())
        StorageCommand.tell(found.problems)
        // Of several made in the same millisecond the first by name, as promtool takes it.
        let byName = found.blocks.sorted { $0.meta.ulid < $1.meta.ulid }
        let chosen = block.map { name in byName.first { "\($0.meta.ulid)" == name } } ?? byName.max { $0.meta.ulid.time < $1.meta.ulid.time }
        guard let chosen else {
            throw ValidationError(block.map { "there is no block \($0) in \(folder)" } ?? "there are no blocks in \(folder)")
        }
        let matchers = match.isEmpty ? [] : try PromQLParser.parseSeriesSelector(match)
        for line in try BlockAnalysis(chosen, matchers: matchers).lines(limit: limit, matcher: match, extended: extended) { print(line) }
    }
}
