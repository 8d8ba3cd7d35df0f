import Model
import Synchronization

extension Database {
    /// Makes a copy of the data under `snapshots/`: blocks as links, the head, if asked for, as one more block. Returns the copy's name.
    public func snapshot(withHead: Bool) throws(StorageError) -> String {
        try maintenance.withLock { work throws(StorageError) in
            guard !work.isClosed else { throw .closed(path: path) }
            let name = snapshotName()
            let target = FilePath.join(folder.snapshots, name)
            try wrapped { () throws(FileError) in try files.makeLastingFolder(folder.snapshots) }
            // Under another name until it is whole.
            let temporary = target + BlockFolder.creationSuffix
            do throws(StorageError) {
                try fill(temporary, withHead: withHead, work)
                try wrapped { () throws(FileError) in
                    try files.syncFolder(temporary)
                    try files.rename(temporary, to: target)
                    try files.syncFolder(folder.snapshots)
                }
            } catch {
                try? files.removeAll(temporary)
                throw error
            }
            report(StorageEvent(.info, "snapshot made", [("name", name)]))
            return name
        }
    }

    /// Time and a random part, as Prometheus names them.
    private func snapshotName() -> String {
        let time = RFC3339.formatShortest(clock.now() / 1000 * 1000).filter { $0 != "-" && $0 != ":" }
        let digits = String(options.random(), radix: 16)
        return time + "-" + String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    private func fill(_ target: String, withHead: Bool, _ work: Maintenance) throws(StorageError) {
        try wrapped { () throws(FileError) in try files.makeFolder(target) }
        for ulid in blocks.map(\.ulid) {
            try wrapped { () throws(FileError) in try link(folder.block(ulid), to: FilePath.join(target, "\(ulid)")) }
        }
        try fillTiers(DataFolder(path: target), work)
        // Empty: Prometheus's tools look for one.
        try wrapped { () throws(FileError) in try files.makeFolder(FilePath.join(target, FilePath.name(folder.wal))) }
        guard withHead else { return }
        let late = head.outOfOrderCopy()
        defer { late.end() }
        guard let first = [head.minTime, late.range?.from].compactMap({ $0 }).min(),
            let last = [head.maxTime, late.range?.through].compactMap({ $0 }).max()
        else { return }
        // A late sample at the very beginning must not be taken for one that came in order and is in the window before.
        let start = first < head.minTime ?? .max ? first.earlier(by: 1) : first
        var request = BlockRequest(ulid: newULID(), minTime: start, maxTime: last.later(by: 1), hints: [], segmentSize: options.blockSegmentSize)
        request.joinsShortChunks = true
        try head.cut(from: .min, before: .max) { cursor throws(StorageError) in
            _ = try BlockWriter.write([cursor, late.cursor(from: .min, before: .max)], request, into: target, files)
        }
    }

    /// With the tiers goes what tells from where on raw samples answer. As for any folder that was moved here, all is kept until the operator says what.
    private func fillTiers(_ target: DataFolder, _ work: Maintenance) throws(StorageError) {
        guard work.state.hasTiers else { return }
        var state = DatabaseState()
        state.isAdopted = true
        (state.hasTiers, state.floors, state.rules) = (true, work.state.floors, work.state.rules)
        try wrapped { () throws(FileError) in
            for tier in Tier.allCases {
                try files.makeLastingFolder(target.blocks(of: tier))
                for ulid in blocks(tier).map(\.ulid) { try link(folder.block(ulid, of: tier), to: target.block(ulid, of: tier)) }
                try files.syncFolder(target.blocks(of: tier))
            }
            try state.write(target.state, files)
        }
    }

    private func link(_ source: String, to target: String) throws(FileError) {
        try files.makeFolder(target)
        for name in try files.list(source) {
            let path = FilePath.join(source, name)
            if try files.kind(path) == .folder {
                try link(path, to: FilePath.join(target, name))
            } else {
                try files.link(path, to: FilePath.join(target, name))
            }
        }
        try files.syncFolder(target)
    }
}

/// Turns what the file system throws into what the storage throws.
func wrapped<R>(_ body: () throws(FileError) -> R) throws(StorageError) -> R {
    do { return try body() } catch { throw .file(error) }
}
