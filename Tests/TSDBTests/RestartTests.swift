import Model
import TSDB
import TestKit
import Testing

/// What a later start must still know, whatever failed before it.
@Suite struct RestartTests {
    private typealias Days = DatabaseBlocksTests
    private let up = labels(["__name__": "up"])

    /// The name of a series and its first samples hang on a sync that fails; later samples are safe, and worth nothing without the name.
    @Test(arguments: [1, 2, 3]) func aSeriesKeepsItsNameThoughASyncFails(_ errors: Int) throws {
        let files = MemoryFileSystem()
        let database = try openDatabase(files)
        try database.head.add(up, (1, 1))
        for call in 0..<errors { files.failCall(files.calls + 1 + call) }
        _ = try? database.sync()
        files.heal()
        try database.head.add(up, (2, 2))
        try database.sync()
        #expect(try openDatabase(files.crash()).head.answers().map(\.times) == [[1, 2]])
    }

    /// The end of a run is where nobody comes back to what failed: the next run would sync the same file, and be told that all is well.
    @Test func aSyncThatFailsAtTheEndIsMadeGood() throws {
        let files = MemoryFileSystem()
        let database = try openDatabase(files)
        try database.head.add(up, (1, 1))
        files.failCall(files.calls + 1)
        try database.close()
        let next = try openDatabase(files)
        try next.head.add(up, (2, 2))
        try next.sync()
        #expect(try openDatabase(files.crash()).head.answers().map(\.times) == [[1, 2]])
    }

    /// A clock that was ahead for a moment had the head cut up to its end. After a restart samples of the present come in order again, before the
    /// end of the last of those blocks; the log must still be read for them when the clock has got there.
    @Test func aBlockFromTheFutureDoesNotHideWhatTheLogHas() throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(Days.start)
        var options = DatabaseOptions()
        options.retention = .everything
        var database = try Days().open(files, clock, options)
        try Days().fill(database, clock, 0, 5)
        try beAheadForAMoment(database, clock)
        #expect(database.blocks.count == 4)
        try database.close()
        // Back, and to before the last of the blocks; then time goes on into it.
        clock.set(Days.start + 3 * Days.hour)
        database = try Days().open(files, clock, options)
        clock.set(Days.start + 4 * Days.hour + 30 * Days.minute)
        #expect(try database.head.add(labels(["new": "1"]), (clock.now(), 1)).appended == 1)
        let answers = try database.source.answers()
        try database.close()
        database = try Days().open(files, clock, options)
        #expect(try database.source.answers() == answers)
    }

    /// The head is cut as if a year had passed, and the clock put right.
    private func beAheadForAMoment(_ database: Database, _ clock: TurnedClock) throws {
        let before = clock.now()
        clock.set(before + 365 * 24 * Days.hour)
        try database.head.add(up, (clock.now(), 1))
        clock.set(clock.now() + 4 * Days.hour)
        try database.head.add(up, (clock.now(), 2))
        database.maintain()
        clock.set(before)
    }

    /// A checkpoint leaves out what is in blocks. When such a block is damaged, the head's chunk files may be all that is left of it.
    @Test func whatOnlyTheHeadsChunksHaveBehindDamageIsMadeSafe() throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(Days.start)
        var options = DatabaseOptions()
        options.walSegmentSize = 1 << 10
        var database = try Days().open(files, clock, options)
        try Days().fill(database, clock, 0, 4)
        #expect(database.status.counts.checkpoints > 0)
        let block = try #require(database.blocks.last)
        try database.close()
        files.setContents("data/\(block.ulid)/tombstones", [1, 2, 3])
        database = try Days().open(files, clock, options)
        let found = try database.source.answers()
        let crashed = try Days().open(files.crash(), clock, options)
        #expect(try crashed.source.answers() == found)
    }

    /// A block that was cut in order tells that the log is not needed up to its end. Merged with late data of a longer range it does not tell it any
    /// more, but what was deleted from it must not come back from the log.
    @Test func deletedSamplesStayAwayWhenABlockIsMergedWithLaterData() throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(Days.start)
        var options = DatabaseOptions()
        options.retention = .everything
        options.head.outOfOrderWindow = 400 * 24 * Days.hour
        var database = try Days().open(files, clock, options)
        try Days().fill(database, clock, 0, 4)
        try beAheadForAMoment(database, clock)
        let one = [Matcher(name: "i", equals: "1")]
        let deleted = TimeRange(from: Days.start + 2 * Days.hour, through: Days.start + 4 * Days.hour)
        try database.delete([one], deleted)
        // All that comes now is late, and becomes blocks that are merged with those before.
        for time in stride(from: Days.start + 4 * Days.hour, to: Days.start + 16 * Days.hour, by: Int(5 * Days.minute)) {
            clock.set(time)
            try database.head.add(labels(["__name__": "m", "i": "0"]), (time, 1))
        }
        for _ in 0..<3 {
            clock.set(clock.now() + 2 * Days.minute)
            database.maintain()
        }
        #expect(database.blocks.contains { $0.minTime <= deleted.from && $0.maxTime > deleted.through && !$0.compaction.hints.isEmpty })
        database = try Days().open(files.crash(), clock, options)
        #expect(try database.source.answers(one).allSatisfy { !$0.times.contains(where: deleted.contains) })
    }
}
