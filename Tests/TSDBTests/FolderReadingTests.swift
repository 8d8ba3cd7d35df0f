import Model
import Synchronization
import TSDB
import TestKit
import Testing

/// Does something when the log's segments are listed for the first time.
final class Meddling: FileSystem {
    private let base: MemoryFileSystem
    private let body: Mutex<(@Sendable () -> Void)?>

    init(_ base: MemoryFileSystem, _ body: @escaping @Sendable () -> Void) {
        self.base = base
        self.body = Mutex(body)
    }

    func list(_ path: String) throws(FileError) -> [String] {
        let body = path == "data/wal" ? body.withLock { $0.take() } : nil
        body?()
        return try base.list(path)
    }

    func open(_ path: String, _ mode: OpenMode) throws(FileError) -> any File { try base.open(path, mode) }
    func map(_ path: String, length: Int?) throws(FileError) -> any FileMapping { try base.map(path, length: length) }
    func makeFolder(_ path: String) throws(FileError) { try base.makeFolder(path) }
    func kind(_ path: String) throws(FileError) -> FileKind? { try base.kind(path) }
    func rename(_ path: String, to target: String) throws(FileError) { try base.rename(path, to: target) }
    func remove(_ path: String) throws(FileError) { try base.remove(path) }
    func link(_ path: String, to target: String) throws(FileError) { try base.link(path, to: target) }
    func space(_ path: String) throws(FileError) -> DiskSpace { try base.space(path) }
    func syncFolder(_ path: String) throws(FileError) { try base.syncFolder(path) }
    func lock(_ path: String) throws -> any FileLock { try base.lock(path) }
}

/// A data folder that is looked into while a server works in it.
@Suite struct FolderReadingTests {
    @Test("nothing is missed that goes from the log to a block between the reading of the one and of the other")
    func cutInBetween() throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(DatabaseBlocksTests.start)
        var options = DatabaseOptions()
        options.walSegmentSize = 64 << 10
        let tests = DatabaseBlocksTests()
        let database = try tests.open(files, clock, options)
        try tests.fill(database, clock, 0, 3, series: 300)
        #expect(database.blocks.isEmpty)
        let end = clock.now()
        let before = try database.source.answers([], .min, end)
        let meddling = Meddling(files) {
            for hours: Int64 in 3..<6 { try? tests.fill(database, clock, hours, hours + 1, series: 300) }
        }
        let reading = try FolderReading("data", meddling, clock: clock)
        #expect(database.blocks.count == 2)
        #expect(reading.problems.isEmpty)
        #expect(try reading.source.answers([], .min, end) == before)
    }
}
