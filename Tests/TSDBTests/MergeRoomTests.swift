import Model
import Synchronization
import TSDB
import TestKit
import Testing

/// Blocks are merged when there is room, and as long as the server runs.
@Suite struct MergeRoomTests {
    private let days = DatabaseBlocksTests()
    private static let hour = DatabaseBlocksTests.hour

    /// What a test does in the middle of the database's work.
    private final class Hook: Sendable {
        private let action = Mutex<(@Sendable () -> Void)?>(nil)
        func set(_ action: @escaping @Sendable () -> Void) { self.action.withLock { $0 = action } }
        func fire() { action.withLock { $0 }?() }
    }

    @Test func withoutRoomBlocksStayAsTheyAreAndItIsTold() throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(DatabaseBlocksTests.start)
        let reports = Reports()
        var options = DatabaseOptions()
        options.reserve = .bytes(1 << 20)
        let database = try Database.open(path: "data", options: options, files: files, clock: clock, report: reports.reporter)
        // Room for samples and for blocks cut from the head, but not for a merge beside the reserve.
        for hour in Int64(0)..<12 {
            files.setCapacity(files.used + 1 << 20 + 1 << 16)
            try days.fill(database, clock, hour, hour + 1)
        }
        #expect(database.blocks.count >= 4 && database.blocks.allSatisfy { $0.compaction.level == 1 })
        #expect(reports.messages.filter { $0.contains("no room to merge") }.count >= 1)
        #expect(database.status.counts.failedCompactions == 0)
        let answers = try database.source.answers()
        files.setCapacity(.max)
        clock.set(clock.now() + 61_000)
        database.maintain()
        #expect(database.blocks.contains { $0.compaction.level > 1 })
        #expect(try database.source.answers() == answers)
    }

    @Test func theEndOfTheServerStopsAMerge() throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(DatabaseBlocksTests.start)
        var options = DatabaseOptions()
        options.maxBlockDuration = options.minBlockDuration
        let first = try days.open(files, clock, options)
        try days.fill(first, clock, 0, 12)
        let (answers, blocks) = (try first.source.answers(), first.blocks)
        try first.close()
        // The first name that is made is for the block of a merge: there the server ends.
        let hook = Hook()
        let reports = Reports()
        options = DatabaseOptions()
        options.random = {
            hook.fire()
            return 1
        }
        let database = try Database.open(path: "data", options: options, files: files, clock: clock, report: reports.reporter)
        hook.set { [unowned database] in database.endMerging() }
        for _ in 0..<3 { database.maintain() }
        #expect(database.blocks == blocks)
        #expect(reports.messages.filter { $0.contains("merge of blocks was stopped") }.count == 1)
        #expect(database.status.counts.failedCompactions == 0)
        #expect(try files.list("data").allSatisfy { !$0.contains("tmp") })
        try database.close()
        let again = try days.open(files, clock)
        #expect(try again.source.answers() == answers)
        again.maintain()
        #expect(again.blocks.count < blocks.count)
        #expect(try again.source.answers() == answers)
    }
}
