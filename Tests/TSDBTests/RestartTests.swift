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

    /// The run that knew of the failed sync is gone before it could make it good. The next reads all that was written, and would be told by a sync
    /// of the same file that all is well; then a power cut takes the name, and with it what was appended and synced since. The same where the file
    /// that tells how far the log was safe cannot be read: then nothing is known to be.
    @Test(arguments: [true, false], [true, false]) func aNameIsKeptThoughTheRunThatCouldNotSyncItIsGone(_ isClosed: Bool, _ isKnown: Bool) throws {
        let files = MemoryFileSystem()
        var database: Database? = try openDatabase(files)
        try database?.head.add(up, (1, 1))
        for call in 1...20 { files.failCall(files.calls + call) }
        if isClosed { try? database?.close() } else { try? database?.sync() }
        database = nil
        files.heal()
        if !isKnown { files.setContents("data/martlet.json", [1, 2, 3]) }
        let next = try openDatabase(files)
        try next.head.add(up, (2, 2))
        try next.sync()
        #expect(try openDatabase(files.crash()).head.answers().map(\.times) == [[1, 2]])
    }

    /// A batch whose sync failed is in the log, though it was refused. What comes later, but for an earlier time, must not be in order before a
    /// restart and out of order behind it.
    @Test func aRefusedBatchDoesNotHideWhatComesAfterIt() throws {
        let files = MemoryFileSystem()
        var options = DatabaseOptions()
        options.walSync = .always
        var database: Database? = try openDatabase(files, options, window: 1000)
        try database?.head.add(up, (1, 1))
        for call in 2...3 { files.failCall(files.calls + call) }
        #expect(throws: StorageError.self) { try database?.head.add(up, (30, 3)) }
        files.heal()
        try database?.head.add(up, (20, 2))
        let answers = try database?.source.answers()
        database = nil
        #expect(try openDatabase(files, options, window: 1000).source.answers() == answers)
    }

    /// What is copied may have been safe where it was: the copy takes its place only when it is safe itself.
    @Test func whatIsWrittenAgainAtAStartIsNeverOnlyInMemory() throws {
        let files = MemoryFileSystem()
        var database: Database? = try openDatabase(files)
        try database?.head.add(up, (1, 1))
        try database?.sync()
        database = nil
        // Killed; every call of the next start fails in turn, and a power cut follows.
        for call in 1...40 {
            let copy = files.crash()
            copy.failCall(call)
            var next = try? openDatabase(copy)
            #expect(try openDatabase(copy.crash()).head.answers().map(\.times) == [[1]], "call \(call)")
            next = nil
        }
    }

    /// A log that was closed well is not copied, however often it is opened: there would be no room for that.
    @Test func aLogThatIsSafeIsLeftAsItIs() throws {
        let files = MemoryFileSystem()
        var database: Database? = try openDatabase(files)
        for time in 1...200 as ClosedRange<Timestamp> { try database?.head.add(up, (time, Double(time))) }
        try database?.close()
        database = nil
        let before = files.paths(below: "data/wal")
        #expect(files.contents("data/wal/00000000").count > 2000)
        files.setCapacity(files.used + 1000)
        for _ in 0..<3 {
            let next = try openDatabase(files)
            try next.sync()
            try next.close()
        }
        #expect(files.paths(below: "data/wal") == before)
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

    /// The same of the end that the state remembers, because what was deleted before it may still be in the log or in the head's chunk files.
    @Test func anEndFromTheFutureDoesNotHideWhatTheLogHas() throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(Days.start)
        var options = DatabaseOptions()
        options.retention = .everything
        options.walSegmentSize = 1 << 10
        var database = try Days().open(files, clock, options)
        try Days().fill(database, clock, 0, 5)
        _ = try database.delete([[]], TimeRange(from: Days.start + 4 * Days.hour + 1, through: Days.start + 5 * Days.hour))
        try beAheadForAMoment(database, clock)
        try database.close()
        clock.set(Days.start + 3 * Days.hour)
        database = try Days().open(files, clock, options)
        clock.set(Days.start + 4 * Days.hour + 30 * Days.minute)
        #expect(try database.head.add(labels(["new": "1"]), (clock.now(), 1)).appended == 1)
        try database.close()
        database = try Days().open(files, clock, options)
        #expect(try database.source.answers().contains { $0.labels["new"] == "1" })
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

    /// A checkpoint leaves out what is in blocks. When retention has taken them all, a start finds some of it in the head's chunk files. Sent again, it
    /// is there already.
    @Test func whatOnlyTheHeadsChunksHaveBehindRetentionIsMadeSafe() throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(Days.start)
        var options = DatabaseOptions()
        options.walSegmentSize = 1 << 10
        var database: Database? = try Days().open(files, clock, options)
        try Days().fill(#require(database), clock, 0, 6)
        #expect(database?.status.counts.checkpoints ?? 0 > 0)
        let left = database.map { Days().purge($0, clock) }
        database = nil
        let last = try #require(left?.last)
        // Retention leaves what no tier has yet; this goes by hand.
        try files.removeAll("data/\(last.ulid)")
        database = try Days().open(files, clock, options)
        let found = try #require(database).source.answers()
        try database?.sync()
        #expect(try Days().open(files.crash(), clock, options).source.answers() == found)
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

/// Deletions are for good, whatever the next start finds beside the blocks that it should go by.
@Suite struct DeletedForGoodTests {
    private typealias Days = DatabaseBlocksTests
    private let one = [Matcher(name: "i", equals: "1")]

    private func hours(_ from: Int64, _ until: Int64) -> TimeRange {
        TimeRange(from: Days.start + from * Days.hour, through: Days.start + until * Days.hour - 1)
    }

    private func times(_ database: Database, _ range: TimeRange) throws -> [Timestamp] {
        try database.source.answers(one).flatMap(\.times).filter(range.contains)
    }

    private var options: DatabaseOptions {
        var options = DatabaseOptions()
        options.retention = .everything
        return options
    }

    /// A block was renamed into place, but not for good, and could not be removed either. Whoever starts next would take it for a block.
    @Test func aBlockThatFailedWorkHasLeftBringsNothingBack() throws {
        var failed = 0
        for call in 1...60 {
            let files = MemoryFileSystem(seed: UInt64(call))
            let clock = TurnedClock(Days.start)
            let database = try Days().open(files, clock, options)
            try Days().fill(database, clock, 0, 3)
            clock.set(Days.start + 3 * Days.hour + 5 * Days.minute)
            try database.head.add(labels(["other": "1"]), (clock.now(), 1))
            for next in call..<call + 8 { files.failCall(files.calls + next) }
            database.maintain()
            files.heal()
            failed += database.status.counts.failedCompactions
            clock.set(clock.now() + 2 * Days.minute)
            database.maintain()
            let range = hours(0, 3)
            try database.delete([one], range)
            try #expect(times(Days().open(files.crash(), clock, options), range) == [], "call \(call)")
        }
        #expect(failed > 10)
    }

    /// Retention takes the blocks that tell that the log is not needed. What was deleted from them is still there.
    @Test func retentionDoesNotBringBackWhatWasDeletedFromABlock() throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(Days.start)
        let database = try Days().open(files, clock, options)
        try Days().fill(database, clock, 0, 6)
        let range = hours(0, 2)
        #expect(try !database.blocks.isEmpty && !times(database, range).isEmpty)
        try database.delete([one], range)
        try purge(database, clock)
        #expect(try times(Days().open(files.crash(), clock, options), range) == [])
    }

    /// The deletion is left out of a checkpoint, since all it is about is in blocks; what it deleted is in the head's chunk files.
    @Test func retentionDoesNotBringBackWhatWasDeletedFromTheHead() throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(Days.start)
        var options = options
        options.walSegmentSize = 1 << 10
        let database = try Days().open(files, clock, options)
        try Days().fill(database, clock, 0, 3)
        let range = hours(0, 1)
        #expect(try database.blocks.isEmpty && !times(database, range).isEmpty)
        try database.delete([one], range)
        try Days().fill(database, clock, 3, 6)
        #expect(database.status.counts.checkpoints > 0)
        try purge(database, clock)
        try database.close()
        let next = try Days().open(files, clock, options)
        #expect(try times(next, range) == [])
        // Nor is anything hidden by then that the next block would show.
        let before = try times(next, hours(0, 4))
        try Days().fill(next, clock, 7, 12)
        #expect(try !next.blocks.isEmpty && times(next, hours(0, 4)) == before)
    }

    private func purge(_ database: Database, _ clock: TurnedClock) throws {
        Days().purge(database, clock)
        database.setRetention(.everything)
    }

    /// Samples of the log that a lost file of head chunks had are kept as if they had come out of order, and become such blocks; the log still has
    /// them, and needs to be told when they are deleted.
    @Test func whatFilledAGapIsDeletedFromTheLogToo() throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(Days.start)
        var options = options
        options.staleSeriesMinimum = 1
        options.staleSeriesThreshold = 0.1
        var database: Database? = try Days().open(files, clock, options)
        try Days().fill(#require(database), clock, 1, 3)
        try database?.close()
        database = nil
        database = try Days().open(files, clock, options)
        for minute in stride(from: 180, through: 240, by: 5) {
            clock.set(Days.start + Int64(minute) * Days.minute)
            for i in 0..<3 { try database?.head.add(labels(["__name__": "m", "i": "\(i)"]), (clock.now(), 1)) }
            database?.maintain()
        }
        try database?.close()
        database = nil
        try files.remove(#require(files.paths(below: "data/chunks_head").first))
        database = try Days().open(files, clock, options)
        // One series ends, and with it all that filled gaps goes to a block.
        try database?.head.add(labels(["__name__": "m", "i": "2"]), (clock.now() + 1, StaleMarker.value))
        clock.set(clock.now() + 10 * Days.minute)
        try database?.head.add(labels(["__name__": "m", "i": "1"]), (clock.now(), 1))
        database?.maintain()
        let range = hours(1, 2)
        #expect(try database?.blocks.first.map { $0.minTime < range.through } == true && !times(#require(database), range).isEmpty)
        try database?.delete([one], range)
        try database?.close()
        database = nil
        #expect(try times(Days().open(files, clock, options), range) == [])
    }
}
