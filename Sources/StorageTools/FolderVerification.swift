public import TSDB

/// Checks everything in a data folder: all blocks, those of tiers too, and all logs.
public struct FolderVerification {
    private let path: String
    private let files: any FileSystem
    private let print: (String) -> Void
    public private(set) var faults = 0

    /// - Parameter print: takes each line of the report as it is known.
    public init(_ path: String, _ files: any FileSystem, print: @escaping (String) -> Void) {
        self.path = path
        self.files = files
        self.print = print
    }

    /// Throws `StorageError` if the folder itself cannot be read.
    public mutating func run() throws(StorageError) {
        guard try isFolder() else { throw .file(FileError(path: path, operation: "list", code: 2)) }
        for (blocks, unreadable) in [try FolderReading.blocks(path, files), try FolderReading.tierBlocks(path, files)] {
            for fault in unreadable { tell(fault) }
            for block in blocks { check(block) }
        }
        for log in try LogCheck.all(path, files) {
            for fault in log.faults { tell(fault) }
            for place in log.torn { print("\(log.folder), \(place): an unfinished write, which the next start cuts off") }
            if log.faults.isEmpty { print("\(log.folder): good, \(log.records) records") }
        }
        let head = try HeadChunkCheck(path, files)
        for fault in head.faults { tell(fault) }
        if let torn = head.torn { print("\(torn): an unfinished write, which the next start cuts off") }
        if head.faults.isEmpty { print("\(head.folder): good, \(head.chunks) chunks") }
        print(faults == 0 ? "no faults" : "\(faults) \(faults == 1 ? "fault" : "faults")")
    }

    private mutating func check(_ block: Block) {
        let found = block.verify()
        for fault in found { tell(fault) }
        guard found.isEmpty else { return }
        let (stats, kind) = (block.meta.stats, block.meta.fold.map { "windows of \($0.tier.rawValue)" } ?? "samples")
        print("block \(block.meta.ulid): good, \(stats.series) series, \(stats.samples) \(kind)")
    }

    private func isFolder() throws(StorageError) -> Bool {
        do { return try files.kind(path) == .folder } catch { throw .file(error) }
    }

    private mutating func tell(_ fault: BlockFault) {
        faults += 1
        print("FAULT: \(fault)")
    }
}
