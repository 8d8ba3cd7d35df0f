import ArgumentParser
import StorageTools
import TSDB

struct ListBlocks: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List blocks.", discussion: "martlet tsdb list -r data")

    @Flag(name: [.customShort("r"), .customLong("human-readable")], help: "Times and sizes for people.") var readable = false
    @Argument(help: "Data folder.") var folder = "data"

    func run() throws {
        let found = try FolderReading.blocks(folder, RealFileSystem())
        for line in BlockTable.lines(found.blocks.map { ($0.meta, $0.bytes) }, readable: readable) { print(line) }
        StorageCommand.tell(found.problems)
        if !found.problems.isEmpty { throw ExitCode(1) }
    }
}
