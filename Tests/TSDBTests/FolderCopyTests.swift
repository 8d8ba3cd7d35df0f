import Model
import TSDB
import TestKit
import Testing

/// A data folder that is copied while a server works in it.
@Suite struct FolderCopyTests {
    @Test("nothing is missed that goes from the log to a block while the copy is made")
    func cutInBetween() throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(DatabaseBlocksTests.start)
        var options = DatabaseOptions()
        options.walSegmentSize = 64 << 10
        let tests = DatabaseBlocksTests()
        let database = try tests.open(files, clock, options)
        try tests.fill(database, clock, 0, 3, series: 300)
        let end = clock.now()
        let before = try database.source.answers([], .min, end)
        let meddling = Meddling(files) {
            for hours: Int64 in 3..<6 { try? tests.fill(database, clock, hours, hours + 1, series: 300) }
        }
        #expect(try FolderCopy.make(of: "data", at: "copy", meddling) == 2)
        let copy = try Database.open(path: "copy", options: options, files: files, clock: clock) { _ in }
        #expect(try copy.source.answers([], .min, end) == before)
        #expect(try database.source.answers([], .min, end) == before)
    }

    @Test("a copy that fails says so, and the folder is as it was", arguments: 1...25)
    func faults(call: Int) throws {
        let files = MemoryFileSystem(seed: UInt64(call))
        let clock = TurnedClock(DatabaseBlocksTests.start)
        let tests = DatabaseBlocksTests()
        let database = try tests.open(files, clock, DatabaseOptions())
        try tests.fill(database, clock, 0, 6, series: 10)
        let before = try database.source.answers([], .min, clock.now())
        let paths = files.paths(below: "data")
        files.failCall(files.calls + call)
        do {
            try FolderCopy.make(of: "data", at: "copy", files)
            files.heal()
            let copy = try Database.open(path: "copy", options: DatabaseOptions(), files: files, clock: clock) { _ in }
            #expect(try copy.source.answers([], .min, clock.now()) == before)
        } catch {
            guard case .file = error as? StorageError else { throw error }
        }
        #expect(files.paths(below: "data") == paths)
        #expect(try database.source.answers([], .min, clock.now()) == before)
    }
}
