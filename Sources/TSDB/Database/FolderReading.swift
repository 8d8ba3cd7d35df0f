import Model

/// A data folder seen as it is: for tools. Nothing is locked and nothing is changed, so another process may be writing to it.
public final class FolderReading {
    /// By time, the oldest first.
    public let blocks: [Block]
    /// Those of the tiers, the finer tier first, by time.
    public let tierBlocks: [Block]
    /// The blocks and what the logs hold, as one: the tiers answer where raw samples are gone.
    public let source: any SeriesSource
    /// What could not be read; the rest is there.
    public let problems: [BlockFault]

    /// Opens the blocks and reads the logs. Throws `StorageError` if the folder cannot be read at all.
    public init(_ path: String, _ files: any FileSystem, clock: any Clock) throws(StorageError) {
        let folder = DataFolder(path: path)
        var contents = try Contents(folder, files, clock)
        // A server at work may have made a block of what it then cut off its log, between the one's reading and the other's.
        for _ in 0..<Self.patience {
            if try contents.names == Contents.names(folder, files) { break }
            contents = try Contents(folder, files, clock)
        }
        blocks = contents.blocks
        tierBlocks = contents.tierBlocks
        let coverage = contents.coverage
        source = TieredSource(contents.head) { coverage }
        problems = contents.problems
    }

    private static let patience = 5

    /// The blocks and the logs as they were found.
    private struct Contents {
        let names: [ULID]
        let blocks: [Block]
        let tierBlocks: [Block]
        let head: Head
        let problems: [BlockFault]
        /// What the folder remembers of its tiers; nil if it does not tell, as a copy does not.
        private let state: DatabaseState?

        init(_ folder: DataFolder, _ files: any FileSystem, _ clock: any Clock) throws(StorageError) {
            names = try Self.names(folder, files)
            let (blocks, damaged) = try FolderReading.open(folder, files)
            let (tierBlocks, damagedTiers) = try FolderReading.tierBlocks(folder.path, files)
            head = Head(options: FolderReading.unbounded, clock: clock)
            self.blocks = blocks
            self.tierBlocks = tierBlocks
            state = (try? DatabaseState.read(folder.state, files)).flatMap { $0.hasTiers ? $0 : nil }
            problems = damaged + damagedTiers + (try FolderReading.replay(folder, head, BlockSet(blocks), files))
        }

        static func names(_ folder: DataFolder, _ files: any FileSystem) throws(StorageError) -> [ULID] {
            var names: [ULID] = []
            for tier in [nil] + Tier.allCases { names += try wrapped { () throws(FileError) in try folder.blocks(files, of: tier) } }
            return names.sorted()
        }

        /// Of blocks of tiers only those count that no other one has taken the place of: they would count twice.
        var coverage: TierCoverage {
            let replaced = Set(tierBlocks.flatMap { $0.meta.compaction.parents.map(\.ulid) })
            let tiers = Dictionary(grouping: tierBlocks.filter { !replaced.contains($0.meta.ulid) }) { $0.meta.fold?.tier }
            let (fine, coarse) = (tiers[.fiveMinutes] ?? [], tiers[.hour] ?? [])
            let first = [blocks.map(\.meta.minTime).min(), head.minTime].compactMap { $0 }.min()
            let floors = state?.floors ?? .seen(rawFrom: first, fine.map(\.meta), coarse.map(\.meta))
            return TierCoverage(raw: blocks, fiveMinutes: fine, hour: coarse, floors: floors, rules: state?.rules ?? [])
        }
    }

    /// The blocks of a folder, or of one of its tiers, that can be opened, by time, and what is wrong with the others.
    public static func blocks(
        _ path: String, of tier: Tier? = nil, _ files: any FileSystem
    ) throws(StorageError) -> (blocks: [Block], problems: [BlockFault]) {
        try open(DataFolder(path: path), files, of: tier)
    }

    /// The same for those of all tiers, the finer tier first.
    public static func tierBlocks(_ path: String, _ files: any FileSystem) throws(StorageError) -> (blocks: [Block], problems: [BlockFault]) {
        var all: (blocks: [Block], problems: [BlockFault]) = ([], [])
        for tier in Tier.allCases {
            let (blocks, problems) = try Self.blocks(path, of: tier, files)
            all.blocks += blocks
            all.problems += problems
        }
        return all
    }

    /// Everything is to be seen, whatever it takes.
    private static var unbounded: HeadOptions {
        var options = HeadOptions()
        options.maxSamples = .max
        return options
    }

    private static func open(
        _ folder: DataFolder, _ files: any FileSystem, of tier: Tier? = nil
    ) throws(StorageError) -> ([Block], [BlockFault]) {
        var blocks: [Block] = []
        var problems: [BlockFault] = []
        for ulid in try wrapped({ () throws(FileError) in try folder.blocks(files, of: tier) }) {
            let path = folder.block(ulid, of: tier)
            do throws(StorageError) {
                let block = try Block.open(path: path, files: files) { _ in }
                let found = block.meta.fold?.tier
                guard found == tier else {
                    throw .damaged(path: path, offset: 0, reason: "a block of \(Self.name(found)) among those of \(Self.name(tier))")
                }
                blocks.append(block)
            } catch {
                problems.append(BlockFault(error, at: path))
            }
        }
        return (blocks.sorted { ($0.meta.minTime, $0.meta.ulid) < ($1.meta.minTime, $1.meta.ulid) }, problems)
    }

    private static func name(_ tier: Tier?) -> String { tier.map { "tier \($0.rawValue)" } ?? "raw samples" }

    private static func replay(
        _ folder: DataFolder, _ head: Head, _ blocks: BlockSet, _ files: any FileSystem
    ) throws(StorageError) -> [BlockFault] {
        head.beginReplay(start: blocks.headStart(notAfter: .max), greatestReference: 0, chunks: [:])
        var problems: [BlockFault] = []
        for log in try logs(folder, files) {
            let reader = try wrapped { () throws(FileError) in try WALReader(log.folder, files, log.segments) }
            _ = try log.isOutOfOrder ? head.replayOutOfOrder(reader) : head.replay(reader)
            problems += reader.report.damages.map { BlockFault($0, in: log.folder) }
        }
        head.endReplay()
        return problems
    }

    /// A log and the segments of it that count.
    struct Log {
        let folder: String
        let segments: ClosedRange<Int>
        var isOutOfOrder = false
    }

    static func logs(_ folder: DataFolder, _ files: any FileSystem) throws(StorageError) -> [Log] {
        let checkpoint = try wrapped { () throws(FileError) in try Checkpoint.latest(folder.wal, files) }
        var logs: [Log] = []
        if let checkpoint { logs.append(Log(folder: checkpoint.folder, segments: 0...Int.max)) }
        logs.append(Log(folder: folder.wal, segments: (checkpoint.map { $0.segment + 1 } ?? 0)...Int.max))
        logs.append(Log(folder: folder.wbl, segments: 0...Int.max, isOutOfOrder: true))
        return logs
    }
}

/// What the logs of a data folder hold, and where they cannot be read.
public struct LogCheck: Sendable {
    public let folder: String
    public let records: Int
    public let faults: [BlockFault]
    /// Writes that were under way when the program ended; the next start cuts them off.
    public let torn: [WALReport.Place]

    /// Reads all logs of a data folder and checks every record's checksum and form. Changes nothing.
    public static func all(_ path: String, _ files: any FileSystem) throws(StorageError) -> [LogCheck] {
        var checks: [LogCheck] = []
        for log in try FolderReading.logs(DataFolder(path: path), files) {
            let reader = try wrapped { () throws(FileError) in try WALReader(log.folder, files, log.segments) }
            try read(reader)
            let faults = reader.report.damages.map { BlockFault($0, in: log.folder) }
            checks.append(LogCheck(folder: log.folder, records: reader.report.records, faults: faults, torn: reader.report.torn))
        }
        return checks
    }

    private static func read(_ reader: WALReader) throws(StorageError) {
        let samples = WALSamples()
        do {
            while let record = try reader.next() {
                do {
                    switch WALRecordKind(of: record)?.content {
                    case .series: try WALSeries.decode(record) { _, _ in }
                    case .samples: try samples.decode(record)
                    case .tombstones: _ = try WALTombstone.decode(record)
                    case .histograms: _ = try WALHistogram.decode(record)
                    case .exemplars: _ = try WALExemplar.decode(record)
                    case .metadata: _ = try WALMetadata.decode(record)
                    case nil: break
                    }
                } catch {
                    reader.reject("\(error)")
                }
            }
        } catch {
            throw .compressedLog(error)
        }
    }
}

extension BlockFault {
    fileprivate init(_ damage: WALReport.Damage, in folder: String) {
        self.init(path: WALFolder.segmentPath(folder, damage.place.segment), offset: damage.place.offset, reason: damage.cause)
    }

    /// An error that does not say where it happened is one of the whole of `path`.
    fileprivate init(_ error: StorageError, at path: String) {
        if case .damaged = error { self.init(error) } else { self.init(path: path, offset: 0, reason: error.description) }
    }
}
