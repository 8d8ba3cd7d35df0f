import Model
import TSDB
import TestKit
import Testing

/// What happens to samples over days: they move from the head to blocks, and blocks grow.
@Suite struct DatabaseBlocksTests {
    static let minute: Int64 = 60_000
    static let hour: Int64 = 3_600_000
    /// A full hour, and the beginning of a range of two.
    static let start: Timestamp = 1_700_000_000_000 / (2 * hour) * (2 * hour)

    /// A database that is sent `series` series every five minutes from `from` until `until`, in hours since the start.
    func fill(_ database: Database, _ clock: TurnedClock, _ from: Int64, _ until: Int64, series: Int = 3) throws {
        for time in stride(from: Self.start + from * Self.hour, to: Self.start + until * Self.hour, by: Int(5 * Self.minute)) {
            clock.set(time)
            var batch = AppendBatch()
            for i in 0..<series { batch.add(labels(["__name__": "m", "i": "\(i)"]), time, Double(time / Self.minute + Int64(i))) }
            let outcome = try database.head.append(&batch)
            #expect(outcome.appended == series)
            database.maintain()
        }
    }

    /// Lets retention take all that it may, which is what the tiers have. Returns the blocks that are left.
    @discardableResult
    func purge(_ database: Database, _ clock: TurnedClock) -> [BlockMeta] {
        let before = database.blocks.count
        database.setRetention(Retention(bytes: 1))
        for _ in 0..<4 {
            clock.set(clock.now() + 2 * Self.minute)
            database.maintain()
        }
        #expect(database.blocks.count < before)
        return database.blocks
    }

    func open(_ files: any FileSystem, _ clock: TurnedClock, _ options: DatabaseOptions = DatabaseOptions()) throws -> Database {
        try Database.open(path: "data", options: options, files: files, clock: clock, report: { _ in })
    }

    @Test func aDayBecomesBlocksAndIsAnsweredAsBefore() throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(Self.start)
        let database = try open(files, clock)
        try fill(database, clock, 0, 26)
        let blocks = database.blocks
        // The newest range is still the head's; the others have been merged where three of them make one.
        #expect(blocks.map { ($0.maxTime - $0.minTime) / Self.hour }.reduce(0, +) == 24)
        #expect(blocks.contains { $0.compaction.level > 1 })
        #expect(database.status.counts.failedCompactions == 0)
        #expect(database.head.minTime ?? 0 >= Self.start + 24 * Self.hour)
        let answers = try database.source.answers()
        #expect(answers.count == 3 && answers.allSatisfy { $0.times.count == 26 * 12 })
        #expect(answers.allSatisfy { zip($0.times, $0.times.dropFirst()).allSatisfy { $0 < $1 } })
        try database.close()
        let again = try open(files, clock)
        #expect(try again.source.answers() == answers)
        #expect(again.blocks == blocks)
    }

    /// A selector without matchers is that of all series: in blocks, of which some have lost a part before, and in the head.
    @Test(arguments: [[], [Matcher(name: "absent", equals: "")]])
    func everythingCanBeDeleted(matchers: [Matcher]) throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(Self.start)
        let database = try open(files, clock)
        try fill(database, clock, 0, 26)
        func hours(_ from: Int64, _ until: Int64) -> TimeRange {
            TimeRange(from: Self.start + from * Self.hour, through: Self.start + until * Self.hour - 1)
        }
        try database.delete([[Matcher(name: "i", equals: "1")]], hours(3, 7))
        let before = try database.source.answers()
        let middle = hours(5, 25)
        try database.delete([matchers], middle)
        let wanted = before.map { series in series.times.filter { !middle.contains($0) } }
        #expect(try database.source.answers().map(\.times) == wanted && wanted.map(\.count) == [72, 48, 72])
        try database.close()
        let again = try open(files, clock)
        #expect(try again.source.answers().map(\.times) == wanted)
        try again.delete([matchers], TimeRange(from: .min, through: .max))
        let all = Selection(matchers: [], from: .min, through: .max)
        #expect(try again.source.answers().isEmpty && again.source.labelNames(all).isEmpty && again.head.stats.series == 0)
        try again.cleanTombstones()
        #expect(again.blocks.isEmpty)
        try again.close()
        let empty = try open(files, clock)
        #expect(try empty.source.answers().isEmpty && empty.blocks.isEmpty && empty.head.stats.series == 0)
        try fill(empty, clock, 26, 27)
        #expect(try empty.source.answers().map(\.times.count) == [12, 12, 12])
    }

    /// The clock is put back so far that a block counts as one of a time to come: then a start reads from the log what the block has, or had.
    @Test func whatWasDeletedFromABlockStaysDeletedThoughTheLogIsReadAgain() throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(Self.start)
        let database = try open(files, clock)
        try fill(database, clock, 0, 2)
        // A series that has left the head by the time of the delete.
        var batch = AppendBatch()
        batch.add(labels(["__name__": "m", "i": "short"]), clock.now(), 1)
        _ = try database.head.append(&batch)
        try fill(database, clock, 2, 6)
        #expect(database.blocks.map(\.maxTime) == [Self.start + 2 * Self.hour, Self.start + 4 * Self.hour])
        let range = TimeRange(from: Self.start + Self.hour, through: Self.start + 3 * Self.hour)
        try database.delete([[Matcher(name: "i", equals: "1")], [Matcher(name: "i", equals: "short")]], range)
        let answers = try database.source.answers()
        #expect(answers.map(\.times.count) == [72, 47, 72])
        clock.set(Self.start - Self.hour)
        try database.close()
        for _ in 0..<2 {
            let again = try open(files, clock)
            #expect(try again.source.answers() == answers)
            try again.close()
        }
    }

    /// What was imported does not end where the log begins.
    @Test func aBlockFromElsewhereHidesNothingOfTheLog() throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(Self.start)
        let database = try open(files, clock)
        try fill(database, clock, 0, 1)
        let answers = try database.source.answers()
        try database.close()
        let builder = try BlockBuilder(folder: "data", files: files) { ULID(high: 1 << 40, low: 1) }
        try builder.add(labels(["__name__": "imported"]), clock.now(), 1)
        try builder.finish()
        let again = try open(files, clock)
        #expect(again.blocks.count == 1)
        let found = try again.source.answers()
        #expect(found.count == answers.count + 1 && answers.allSatisfy(found.contains))
        try again.close()
    }

    /// Series come and go; the log is cut behind blocks, and a checkpoint names those whose samples are still in it.
    @Test func theLogIsCutBehindBlocks() throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(Self.start)
        var options = DatabaseOptions()
        options.walSegmentSize = 2 << 10
        var database = try open(files, clock, options)
        for hour in stride(from: Int64(0), to: 40, by: 4) {
            try fill(database, clock, hour, hour + 4, series: 20)
            try database.head.add(labels(["__name__": "short", "hour": "\(hour)"]), (clock.now(), 1))
            let answers = try database.source.answers()
            try database.close()
            database = try open(files, clock, options)
            #expect(try database.source.answers() == answers)
        }
        #expect(database.status.counts.logCorruptions == 0)
        let log = try files.list("data/wal")
        let segments = log.filter { !$0.hasPrefix("checkpoint") }
        #expect(log.filter { $0.hasPrefix("checkpoint") }.count == 1)
        #expect(segments.first != "00000000" && segments.count < 40, "\(log)")
        // What left the head long ago is named no more, and no reference is given out twice.
        let all = try database.source.answers()
        #expect(all.count == 30)
        #expect(database.head.stats.series < 25)
    }

    /// The machine starts with a clock a year ahead, collects for some hours, and then somebody sets the clock.
    @Test(arguments: [Int64(0), Int64(600_000)]) func aYearAheadAndBackLeavesNormalSamplesInOrder(_ window: Int64) throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(Self.start)
        var options = DatabaseOptions()
        options.head.outOfOrderWindow = window
        options.retention = Retention(time: 48 * Self.hour)
        // By that clock nothing is too old for all tiers.
        options.tiers.hour = nil
        let year = 365 * 24
        var database = try open(files, clock, options)
        try fill(database, clock, 0, 1)
        try fill(database, clock, Int64(year), Int64(year) + 5)
        try database.close()
        clock.set(Self.start + Self.hour)
        database = try open(files, clock, options)
        database.maintain()
        #expect(database.head.maxTime ?? .min < Self.start + 2 * Self.hour)
        // New series, and those that had samples of the future, go on as ever.
        clock.set(Self.start + 2 * Self.hour)
        try fill(database, clock, 2, 30, series: window > 0 ? 4 : 0)
        #expect(try database.head.add(labels(["new": "yes"]), (clock.now(), 1)).appended == 1)
        let answers = try database.source.answers()
        #expect(answers.filter { $0.labels["__name__"] == "m" }.allSatisfy { $0.times == $0.times.sorted() })
        // Nothing was purged: what came before the wrong clock, and what came with it, is there.
        #expect(answers[0].times.first == Self.start)
        #expect(answers.contains { ($0.times.last ?? 0) > Self.start + Int64(year) * Self.hour })
        try database.close()
        #expect(try open(files, clock, options).source.answers() == answers)
    }

    @Test func aSnapshotIsADatabaseOfItsOwn() throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(Self.start)
        let database = try open(files, clock)
        try fill(database, clock, 0, 7)
        let answers = try database.source.answers()
        let whole = try database.snapshot(withHead: true)
        let blocksOnly = try database.snapshot(withHead: false)
        let copy = try Database.open(path: "data/snapshots/\(whole)", options: DatabaseOptions(), files: files, clock: clock, report: { _ in })
        #expect(try copy.source.answers() == answers)
        let part = try Database.open(path: "data/snapshots/\(blocksOnly)", options: DatabaseOptions(), files: files, clock: clock, report: { _ in })
        #expect(try part.source.answers().allSatisfy { $0.times.count == 6 * 12 - 24 || $0.times.count == 4 * 12 })
    }

    @Test func whatIsTooOldGoesAndIsReported() throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(Self.start)
        let reports = Reports()
        var options = DatabaseOptions()
        options.retention = Retention(time: 10 * Self.hour)
        let database = try Database.open(path: "data", options: options, files: files, clock: clock, report: reports.reporter)
        try fill(database, clock, 0, 24)
        let oldest = try #require(database.blocks.first)
        #expect(oldest.maxTime > clock.now() - 12 * Self.hour)
        #expect(reports.messages.contains { $0.contains("removed by retention") })
    }

    @Test func aFolderOfAnotherProgramIsKeptWholeUntilTheOperatorDecides() throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(Self.start)
        let database = try open(files, clock)
        try fill(database, clock, 0, 6)
        try database.close()
        try files.remove("data/martlet.json")
        let adopted = try open(files, clock)
        #expect(adopted.status.isAdopted)
        clock.set(Self.start + 400 * 24 * Self.hour)
        try fill(adopted, clock, 400 * 24, 400 * 24 + 48)
        #expect(adopted.blocks.first?.minTime == Self.start)
        adopted.setRetention(Retention(time: 24 * Self.hour))
        try fill(adopted, clock, 402 * 24, 402 * 24 + 1)
        #expect(adopted.blocks.first.map { $0.minTime > Self.start + 400 * 24 * Self.hour } == true)
    }

    @Test func aFullDiskRefusesSamplesWithAReasonAndResumes() throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(Self.start)
        var options = DatabaseOptions()
        options.reserve = .bytes(10_000)
        let database = try open(files, clock, options)
        try fill(database, clock, 0, 1)
        files.setCapacity(files.used + 5000)
        database.maintain()
        #expect(database.status.readOnly != nil)
        do {
            try database.head.add(labels(["a": "b"]), (clock.now(), 1))
            Issue.record("a sample was taken")
        } catch {
            #expect("\(error)".contains("free"))
        }
        #expect(try database.source.answers().count == 3)
        files.setCapacity(.max)
        database.maintain()
        #expect(database.status.readOnly == nil)
        try fill(database, clock, 1, 2)
    }
}
