import ArgumentParser
import StorageTools
import TSDB

struct ListBlocks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List blocks, of samples and of tiers.", discussion: "martlet tsdb list -r data")

    @Flag(name: [.customShort("r"), .customLong("human-readable")], help: "Times and sizes for people.") var readable = false
    @Argument(help: "Data folder.") var folder = "data"

    func run() throws {
        let files = RealFileSystem()
        let found = [try FolderReading.blocks(folder, files), try FolderReading.tierBlocks(folder, files)]
        for line in BlockTable.lines(found.flatMap(\.blocks).map { ($0.meta, $0.bytes) }, readable: readable) { print(line) }
        StorageCommand.tell(found.flatMap(\.problems))
        if found.contains(where: { !$0.problems.isEmpty }) { throw ExitCode(1) }
    }
}
