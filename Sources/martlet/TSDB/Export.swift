import ArgumentParser
import Model
import Runtime
import StorageTools
import TSDB

struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write the tiers of a data folder in the form of another program.",
        discussion: """
            martlet tsdb export --thanos=bucket --label=cluster=main data

            Every block of the tiers 5m and 1h becomes a downsampled block of Thanos. The exit code is 1 if a block cannot be read.
            """)

    @Option(help: ArgumentHelp("Write downsampled blocks of Thanos into this folder.", valueName: "folder")) var thanos: String
    @Option(help: "An external label of Thanos, as name=value; may be given several times.") var label: [String] = []
    @Option(help: "The one tier to export: 5m or 1h (default: both).") var tier: String?
    @Flag(name: .shortAndLong, help: "Do not print the blocks.") var quiet = false
    @Flag(name: [.customShort("r"), .customLong("human-readable")], help: "Times and sizes for people.") var readable = false
    @Argument(help: "Data folder.") var folder = "data"

    func run() throws {
        let files = RealFileSystem()
        guard try files.kind(folder) == .folder else { throw ValidationError("there is no data folder \(folder)") }
        let clock = SystemClock()
        let export = ThanosExport(labels: try label.map(LabelArgument.parse), files)
        var made = MadeBlocks(thanos, files)
        let tiers = try tiers()
        let found = try FolderReading.tierBlocks(folder, files)
        var problems = found.problems
        // What another block took the place of is there only until the server's next start.
        let replaced = Set(found.blocks.flatMap { $0.meta.compaction.parents.map(\.ulid) })
        for block in found.blocks where tiers.contains(block.meta.fold?.tier) && !replaced.contains(block.meta.ulid) {
            do {
                if let meta = try export.write(block, named: MadeBlocks.newULID(clock), into: thanos) { made.add(meta) }
            } catch {
                problems.append(BlockFault(path: block.path, offset: 0, reason: error.description))
            }
        }
        if !quiet { made.print(readable: readable) }
        StorageCommand.tell(problems)
        if !problems.isEmpty { throw ExitCode(1) }
    }

    private func tiers() throws -> [Tier?] {
        guard let tier else { return Tier.allCases }
        guard let known = Tier(rawValue: tier) else { throw ValidationError("--tier: \(tier) is neither 5m nor 1h") }
        return [known]
    }
}
