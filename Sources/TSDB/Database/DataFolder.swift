/// Where things lie in a data folder. The names are Prometheus's but for the last three.
///
///     lock                 held while the database is open
///     wal/                 the log: segments and checkpoints
///     wbl/                 the log of samples that came out of order
///     chunks_head/         full chunks of the head
///     <ULID>/              blocks
///     snapshots/<name>/    copies of all of it, made on demand
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

    func block(_ ulid: ULID) -> String { FilePath.join(path, "\(ulid)") }

    /// The blocks' names in the folder, by age.
    func blocks(_ files: any FileSystem) throws(FileError) -> [ULID] {
        var found: [ULID] = []
        for name in try files.list(path) {
            if let ulid = ULID(name), try files.kind(block(ulid)) == .folder { found.append(ulid) }
        }
        return found
    }

    /// Whether there is data in it.
    func isUsed(_ files: any FileSystem) throws(FileError) -> Bool {
        if try !blocks(files).isEmpty { return true }
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
