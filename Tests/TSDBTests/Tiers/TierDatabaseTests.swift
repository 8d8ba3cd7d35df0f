import Glibc
import Model
import TestKit
import Testing

@testable import TSDB

/// What becomes of samples over days and months: raw ones go, and the tiers answer in their place with the same counts and sums.
@Suite struct TierDatabaseTests {
    static let minute: Int64 = 60_000
    static let hour: Int64 = 3_600_000
    static let day: Int64 = 86_400_000
    /// A full hour, the beginning of a day and of a range of two hours.
    static let start: Timestamp = 1_700_000_000_000 / day * day

    @Test("samples of days go from raw to the tiers, and every one is counted once")
    func days() throws {
        let lab = Lab()
        var database = try lab.open()
        try lab.fill(database, 0, 80)
        let raw = database.blocks
        #expect(raw.allSatisfy { $0.minTime >= Self.start + 68 * Self.hour }, "\(raw.map(\.minTime))")
        #expect(database.status.tiers.map(\.name) == ["raw", "5m", "1h"])
        #expect(database.status.tiers[0].counts.purgedByTime > 20 && database.status.tiers[1].counts.compactions > 3)
        #expect(database.blocks(.fiveMinutes).count < 12)
        for (from, through) in [(-1, 80), (0, 79), (3, 30), (60, 80), (70, 79), (75, 80)] as [(Int64, Int64)] {
            let totals = try totals(database.source, from, through)
            let samples = (0..<480).map { Int64($0) * 10 }.filter { $0 > from * 60 && $0 <= through * 60 }
            let sum = samples.reduce(0) { $0 + Double((Self.start / Self.minute + $1) % 1000) }
            #expect(totals["0"] == [Double(samples.count), sum], "from \(from) through \(through)")
            #expect(totals["2"] == [Double(samples.count), sum + 2 * Double(samples.count)], "from \(from) through \(through)")
        }
        let everything = try totals(database.source, -1, 80)
        try database.close()
        database = try lab.open()
        #expect(try totals(database.source, -1, 80) == everything)
        #expect(try totals(database.source, -1, 80, coarsest: Self.hour) == everything)
    }

    @Test("five-minute windows go to those of an hour, and these in the end")
    func coarser() throws {
        var lab = Lab()
        lab.options.tiers.fiveMinutes = 30 * Self.hour
        lab.options.tiers.hour = 100 * Self.hour
        let database = try lab.open()
        try lab.fill(database, 0, 200)
        #expect(database.status.tiers[1].counts.purgedByTime > 0 && database.status.tiers[2].counts.purgedByTime > 0)
        let set = try database.source.select(Selection(matchers: [], from: .min, through: .max))
        let spans = try #require((set as? any TieredSeriesSet)?.spans(0))
        #expect(spans.spans.map(\.tier) == [.hour, .fiveMinutes])
        #expect(try totals(database.source, 150, 199).values.allSatisfy { $0[0] == 49 * 6 })
        #expect(try totals(database.source, 110, 199).values.allSatisfy { $0[0] == 89 * 6 })
        #expect(try totals(database.source, -1, 20).isEmpty)
    }

    @Test("raw samples never go before their windows are on the disk", arguments: [EIO, ENOSPC])
    func neverBeforeTheFold(code: Int32) throws {
        let lab = Lab()
        let failing = FailingPart(lab.files, "/tiers/", code)
        var database = try Database.open(path: "data", options: lab.options, files: failing, clock: lab.clock) { lab.events.note($0) }
        try lab.fill(database, 0, 60)
        #expect(database.blocks.map(\.minTime).min() == Self.start && database.blocks(.fiveMinutes).isEmpty)
        #expect(database.status.tiers[1].counts.failures > 1 && database.status.tiers[2].counts.failures == 0)
        #expect(database.status.counts.timeRetentions == 0 && !lab.events.all("folding failed; it will be tried again").isEmpty)
        #expect(try totals(database.source, -1, 60).values.allSatisfy { $0[0] == 360 })
        try database.sync()
        // A power cut does not change that, and a disk that works again lets it go on.
        database = try Database.open(path: "data", options: lab.options, files: lab.files.crash(), clock: lab.clock) { lab.events.note($0) }
        #expect(database.blocks.map(\.minTime).min() == Self.start)
        lab.wait(database, hours: 2)
        #expect(database.blocks.map(\.minTime).min() ?? 0 > Self.start + 40 * Self.hour)
        #expect(try totals(database.source, -1, 59).values.allSatisfy { $0[0] >= 355 })
    }

    @Test("raw samples never go before it is on record that they did")
    func neverBeforeTheFloor() throws {
        let lab = Lab()
        let files = FailingPart(lab.files, "martlet.json", ENOSPC, isFailing: false)
        let database = try Database.open(path: "data", options: lab.options, files: files, clock: lab.clock) { lab.events.note($0) }
        try lab.fill(database, 0, 7)
        #expect(database.blocks(.hour).count > 0 && database.status.counts.timeRetentions == 0)
        files.fail()
        try lab.fill(database, 7, 14)
        #expect(lab.events.all("purging failed; it will be tried again").count > 1)
        #expect(database.blocks.map(\.minTime).min() == Self.start && database.status.counts.timeRetentions == 0)
        // Nor are rules followed that are not on record, one more or one less.
        for count in [2, 0] {
            var policy = TierPolicy()
            policy.rules = (0..<count).map { RetentionRule(matchers: [Matcher(name: "i", equals: "\($0)")], raw: Self.day) }
            database.setTiers(policy)
            lab.wait(database, hours: 1)
        }
        files.heal()
        lab.wait(database, hours: 1)
        #expect(database.blocks.map(\.minTime).min() ?? 0 > Self.start && database.status.counts.timeRetentions > 0)
        #expect(try totals(database.source, -1, 13).values.allSatisfy { $0[0] == 13 * 6 + 1 })
    }

    @Test("what comes late is in the windows once, whether its companions are there or gone")
    func late() throws {
        let lab = Lab()
        var database = try lab.open()
        try lab.fill(database, 0, 40)
        let before = try totals(database.source, -1, 39)
        let late = labels(["__name__": "m", "i": "0"])
        for hours: Int64 in [37, 20, 3] { try database.head.add(late, (Self.start + hours * Self.hour + 7, 5000)) }
        func check(_ when: String) throws {
            let after = try totals(database.source, -1, 39)
            #expect(after["0"] == [before["0", default: [0, 0]][0] + 3, before["0", default: [0, 0]][1] + 15_000], "\(when)")
            #expect(after["1"] == before["1"], "\(when)")
        }
        try check("in the head")
        try database.close()
        database = try lab.open()
        try check("after a start")
        try lab.fill(database, 40, 44)
        #expect(database.status.tiers[1].counts.lateMerges > 0)
        try check("in blocks")
        lab.wait(database, hours: 1)
        try database.close()
        database = try lab.open()
        try check("after another start")
        #expect(!database.blocks.contains { $0.minTime < Self.start + 30 * Self.hour })
    }

    @Test("what is sent a second time counts once, when all but the second has gone to the tiers too")
    func again() throws {
        let lab = Lab()
        let database = try lab.open()
        try lab.fill(database, 0, 40)
        let before = try totals(database.source, -1, 39)
        let time = Self.start + 35 * Self.hour
        try database.head.add(labels(["__name__": "m", "i": "0"]), (time, Double(time / Self.minute % 1000)))
        database.setRetention(Retention(time: Self.hour))
        lab.wait(database, hours: 1)
        #expect(!database.blocks.contains { $0.minTime <= time })
        #expect(try totals(database.source, -1, 39) == before)
    }

    @Test("deleted samples are in no tier, and those beside them come back where raw samples are")
    func deletes() throws {
        let lab = Lab()
        var database = try lab.open()
        try lab.fill(database, 0, 40)
        let before = try totals(database.source, -1, 39)
        // In the middle of windows: one long gone, one of which raw samples are there.
        let matcher = [Matcher(name: "i", equals: "1")]
        try database.delete([matcher], TimeRange(from: Self.start + 10 * Self.hour - Self.minute, through: Self.start + 11 * Self.hour + Self.minute))
        try database.delete([matcher], TimeRange(from: Self.start + 36 * Self.hour, through: Self.start + 36 * Self.hour + Self.minute))
        #expect(try totals(database.source, 9, 11)["1"]?[0] == 5)
        lab.wait(database, hours: 1)
        func check() throws {
            #expect(try totals(database.source, -1, 39)["0"] == before["0"])
            #expect(try totals(database.source, 11, 39)["1"]?[0] == 28 * 6 - 1)
            #expect(try totals(database.source, 34, 38, coarsest: Self.hour)["1"]?[0] == 4 * 6 - 1)
        }
        try check()
        try database.cleanTombstones()
        try check()
        try database.close()
        database = try lab.open()
        try check()
        try database.delete([[]], TimeRange(from: .min, through: .max))
        #expect(try totals(database.source, -1, 100).isEmpty)
        try database.cleanTombstones()
        try database.close()
        #expect(try totals(try lab.open().source, -1, 100).isEmpty)
    }

    @Test("where a part of a window was deleted for good, that of the hour has the rest, and neither is kept for longer")
    func holes() throws {
        var lab = Lab()
        lab.options.tiers.fiveMinutes = 30 * Self.hour
        let database = try lab.open()
        try lab.fill(database, 0, 40)
        let middle = Self.start + 20 * Self.hour - 10 * Self.minute
        try database.delete([[Matcher(name: "i", equals: "1")]], TimeRange(from: middle - Self.minute, through: middle + Self.minute))
        try lab.fill(database, 40, 80)
        #expect(database.blocks(.fiveMinutes).first?.minTime ?? 0 > middle)
        #expect(try totals(database.source, 19, 20)["1"]?[0] == 5 && totals(database.source, 19, 20)["0"]?[0] == 6)
    }

    @Test("a folder of another program is kept whole until the operator says for how long")
    func adoption() throws {
        var lab = Lab(raw: nil)
        lab.options.retention = nil
        // Or they would grow to weeks, of which the youngest day decides when they go.
        lab.options.maxBlockDuration = Self.day
        try prometheusBlocks(lab.files, lab.clock, days: 60)
        lab.clock.set(Self.start + 60 * Self.day)
        let database = try lab.open()
        #expect(database.status.isAdopted)
        let before = try database.source.answers()
        lab.wait(database, hours: 24)
        #expect(try database.source.answers() == before && before.map(\.times.count) == [60 * 24, 60 * 24])
        let status = database.status
        #expect(status.tiers.dropFirst().allSatisfy { $0.backlog == 0 && $0.counts.folds > 50 } && status.folding == nil)
        let week = Retention(time: 7 * Self.day)
        let preview = database.retentionPreview(week)
        #expect(preview.blocks > 40 && preview.oldest == Self.start)
        database.setRetention(week)
        lab.wait(database, hours: 1)
        #expect(database.blocks.map(\.minTime).min() ?? 0 >= Self.start + 52 * Self.day)
        #expect(database.status.tiers[1].counts.purgedByTime > 0)
        let totals = try totals(database.source, -1, 60 * 24)
        #expect(totals.values.allSatisfy { $0[0] == 60 * 24 } && totals.count == 2)
    }

    /// Blocks of a day, as Prometheus would have left them.
    func prometheusBlocks(_ files: MemoryFileSystem, _ clock: TurnedClock, days: Int64) throws {
        try files.makeLastingFolder("data")
        for day in 0..<days {
            let head = freeHead()
            for hour: Int64 in 0..<24 {
                let time = Self.start + day * Self.day + hour * Self.hour
                for i in 0..<2 { try head.add(labels(["__name__": "m", "i": "\(i)"]), (time, Double(hour))) }
            }
            let ulid = ULID(time: Self.start + day * Self.day, random: (UInt64(day), 7))
            let request = BlockRequest(ulid: ulid, minTime: Self.start + day * Self.day, maxTime: Self.start + (day + 1) * Self.day)
            _ = try head.cut(from: .min, before: .max) { cursor throws(StorageError) in try BlockWriter.write([cursor], request, into: "data", files)
            }
        }
    }

    @Test("nothing goes by a clock that jumped")
    func jump() throws {
        let lab = Lab(raw: 2 * Self.day)
        let clock = JumpingClock(Self.start)
        let database = try Database.open(path: "data", options: lab.options, files: lab.files, clock: clock) { lab.events.note($0) }
        func fill(hours: Int64) throws {
            for _ in 0..<hours * 6 {
                clock.pass(10 * Self.minute)
                try database.head.add(labels(["__name__": "m"]), (clock.now(), 1))
                database.maintain()
            }
        }
        try fill(hours: 30)
        clock.jump(40 * Self.day)
        try fill(hours: 20)
        #expect(database.blocks.map(\.minTime).min() == Self.start && database.status.counts.timeRetentions == 0)
        try fill(hours: 10)
        #expect(database.blocks.map(\.minTime).min() ?? 0 > Self.start + 30 * Self.day)
        #expect(try totals(database.source, -1, 3000).values.allSatisfy { $0[0] == 360 })
    }

    @Test("rules keep some series shorter and some longer, and the tiers answer for what they took")
    func rules() throws {
        var lab = Lab(raw: 12 * Self.hour)
        lab.options.tiers.rules = [
            RetentionRule(matchers: [Matcher(name: "i", equals: "0")], raw: 4 * Self.hour),
            RetentionRule(matchers: [Matcher(name: "i", equals: "1")], raw: 40 * Self.hour),
        ]
        var database = try lab.open()
        try lab.fill(database, 0, 72)
        func rawCount(_ i: String) throws -> Int {
            try database.blocks.map(\.ulid).reduce(0) { count, ulid in
                let block = try Block.open(path: "data/\(ulid)", files: lab.files) { _ in }
                return count + (try block.answers([Matcher(name: "i", equals: i)]).first?.times.count ?? 0)
            }
        }
        let counts = try (rawCount("0"), rawCount("1"), rawCount("2"))
        #expect(counts.0 < 6 * 6 && counts.1 > 34 * 6 && counts.1 < 46 * 6 && counts.2 > 8 * 6 && counts.2 < 18 * 6, "\(counts)")
        #expect(try totals(database.source, -1, 71).values.allSatisfy { $0[0] == 71 * 6 + 1 })
        let set = try database.source.select(Selection(matchers: [], from: .min, through: .max))
        let tiered = try #require(set as? any TieredSeriesSet)
        #expect(Set((0..<3).map { tiered.spans($0).spans.last?.end }).count == 3)
        // Late samples are folded anew from raw where it is whole, and added where it is not, series by series.
        for i in 0..<3 { try database.head.add(labels(["__name__": "m", "i": "\(i)"]), (Self.start + 64 * Self.hour + 7, 1)) }
        try lab.fill(database, 72, 76)
        #expect(try totals(database.source, -1, 71).values.allSatisfy { $0[0] == 71 * 6 + 2 })
        // That those of the first are over does not matter until they are in the windows.
        try database.close()
        let files = FailingPart(lab.files, "/tiers/", EIO)
        database = try Database.open(path: "data", options: lab.options, files: files, clock: lab.clock) { _ in }
        for i in 0..<3 { try database.head.add(labels(["__name__": "m", "i": "\(i)"]), (Self.start + 69 * Self.hour + 7, 1)) }
        try lab.fill(database, 76, 80)
        files.heal()
        lab.wait(database, hours: 1)
        #expect(try totals(database.source, -1, 71).values.allSatisfy { $0[0] == 71 * 6 + 3 })
        // Without rules all go as usual; what was taken stays with the tiers.
        try database.close()
        lab.options.tiers.rules = []
        database = try lab.open()
        #expect(try totals(database.source, -1, 71).values.allSatisfy { $0[0] == 71 * 6 + 3 })
        lab.wait(database, hours: 1)
        #expect(try totals(database.source, -1, 71).values.allSatisfy { $0[0] == 71 * 6 + 3 })
    }

    @Test("a snapshot and a copy have the tiers and know from where on raw samples answer")
    func copies() throws {
        let lab = Lab()
        let database = try lab.open()
        try lab.fill(database, 0, 40)
        let before = try totals(database.source, -1, 40)
        let name = try database.snapshot(withHead: true)
        try FolderCopy.make(of: "data", at: "copy", lab.files)
        for path in ["data/snapshots/\(name)", "copy"] {
            let copy = try Database.open(path: path, options: lab.options, files: lab.files, clock: lab.clock) { _ in }
            #expect(try totals(copy.source, -1, 40) == before, "\(path)")
            try copy.close()
            // Without what it remembers too, only with coarser answers.
            try lab.files.remove(path + "/martlet.json")
            let again = try Database.open(path: path, options: lab.options, files: lab.files, clock: lab.clock) { _ in }
            #expect(try totals(again.source, -1, 40) == before, "\(path), without its state")
        }
    }

    @Test("a snapshot has what came late and is in no window yet", arguments: [0, 1234])
    func copyOfLate(milliseconds: Int64) throws {
        let lab = Lab()
        let database = try lab.open()
        try lab.fill(database, 0, 40)
        // The first of all that the head has, at a full hour or not.
        try database.head.add(labels(["__name__": "m", "i": "0"]), (Self.start + 20 * Self.hour + milliseconds, 1))
        try database.head.add(labels(["__name__": "m", "i": "late"]), (Self.start + 20 * Self.hour + milliseconds, 1))
        let before = try totals(database.source, -1, 40)
        #expect(before["late"] == [1, 1])
        let name = try database.snapshot(withHead: true)
        let copy = try Database.open(path: "data/snapshots/\(name)", options: lab.options, files: lab.files, clock: lab.clock) { _ in }
        #expect(try totals(copy.source, -1, 40) == before)
    }

    @Test("a tier's block of a later form is refused by name, and nothing is touched")
    func laterForm() throws {
        let lab = Lab()
        let database = try lab.open()
        try lab.fill(database, 0, 20)
        try database.close()
        let path = "data/tiers/5m/\(database.blocks(.fiveMinutes)[0].ulid)/meta.json"
        let text = String(decoding: lab.files.contents(path), as: UTF8.self)
        // The checksum is the last member; without it none is asked for.
        var lines = text.split(separator: "\n").filter { !$0.contains("checksum") }.map { $0.replacing("\"version\": 1,", with: "\"version\": 2,") }
        lines[lines.count - 2].removeLast()
        lab.files.setContents(path, Array(lines.joined(separator: "\n").utf8))
        let files = lab.files.paths(below: "data")
        #expect { _ = try lab.open() } throws: { "\($0)".contains(path) && "\($0)".contains("version 2") }
        #expect(lab.files.paths(below: "data") == files)
    }
}
