/// Where things lie in a data folder. The names are Prometheus's but for the last three.
///
///     lock                 held while the database is open
///     wal/                 the log: segments and checkpoints
///     wbl/                 the log of samples that came out of order
///     chunks_head/         full chunks of the head
///     <ULID>/              blocks
///     snapshots/<name>/    copies of all of it, made on demand
///     tiers/<tier>/<ULID>/ blocks of the tiers `5m` and `1h`
///     quarantine/          what could not be read
///     martlet.json         what must be known at the next start
struct DataFolder: Sendable {
    let path: String

    var lock: String { FilePath.join(path, "lock") }
    var wal: String { FilePath.join(path, "wal") }
    var wbl: String { FilePath.join(path, "wbl") }
    var headChunks: String { FilePath.join(path, "chunks_head") }
    var snapshots: String { FilePath.join(path, "snapshots") }
    var quarantine: String { FilePath.join(path, "quarantine") }
    var state: String { FilePath.join(path, "martlet.json") }

    /// Where blocks of a tier lie; nil: raw ones.
    func blocks(of tier: Tier?) -> String {
        tier.map { FilePath.join(FilePath.join(path, "tiers"), $0.rawValue) } ?? path
    }

    func block(_ ulid: ULID, of tier: Tier? = nil) -> String { FilePath.join(blocks(of: tier), "\(ulid)") }

    /// The blocks' names in the folder, or of one of its tiers, by age.
    func blocks(_ files: any FileSystem, of tier: Tier? = nil) throws(FileError) -> [ULID] {
        if tier != nil, try files.kind(blocks(of: tier)) != .folder { return [] }
        var found: [ULID] = []
        for name in try files.list(blocks(of: tier)) {
            if let ulid = ULID(name), try files.kind(block(ulid, of: tier)) == .folder { found.append(ulid) }
        }
        return found
    }

    /// Whether there is data in it.
    func isUsed(_ files: any FileSystem) throws(FileError) -> Bool {
        for tier in [nil] + Tier.allCases where try !blocks(files, of: tier).isEmpty { return true }
        return try !WALFolder.segments(wal, files).isEmpty
    }
}

extension FileSystem {
    /// The bytes of all files in a folder and below; 0 if it is not there.
    func bytes(below path: String) throws(FileError) -> Int64 {
        switch try kind(path) {
        case nil: return 0
        case .file: return Int64(try open(path, .read).size())
        case .folder:
            var sum: Int64 = 0
            for name in try list(path) { sum += try bytes(below: FilePath.join(path, name)) }
            return sum
        }
    }
}
