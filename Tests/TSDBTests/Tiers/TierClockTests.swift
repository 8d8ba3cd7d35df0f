import Model
import TestKit
import Testing

@testable import TSDB

/// A clock that is ahead, or behind, for a while, and is put right while the database runs.
@Suite struct TierClockTests {
    static let (start, minute, hour, day) = (TierDatabaseTests.start, TierDatabaseTests.minute, TierDatabaseTests.hour, TierDatabaseTests.day)
    static let year = 365 * day

    final class Run {
        var lab = TierDatabaseTests.Lab()
        let clock = JumpingClock(TierClockTests.start)
        var database: Database
        /// How many samples were sent in which hour since the start.
        private(set) var sent: [Int64: Int] = [:]

        init(_ change: (inout DatabaseOptions) -> Void = { _ in }) throws {
            // As servers have it.
            lab.options.head.outOfOrderWindow = 10 * TierClockTests.minute
            lab.options.tiers.hour = 3 * TierClockTests.year
            change(&lab.options)
            database = try Database.open(path: "data", options: lab.options, files: lab.files, clock: clock) { _ in }
        }

        func reopen() throws {
            try database.close()
            let events = lab.events
            database = try Database.open(path: "data", options: lab.options, files: lab.files, clock: clock) { events.note($0) }
        }

        /// Samples of two series every ten minutes of the clock.
        func fill(hours: Int64) throws {
            for _ in 0..<hours * 6 {
                clock.pass(10 * TierClockTests.minute)
                var batch = AppendBatch()
                for i in 0..<2 { batch.add(labels(["__name__": "m", "i": "\(i)"]), clock.now(), 1) }
                let taken = try database.head.append(&batch).appended
                sent[(clock.now() - TierClockTests.start - 1) / TierClockTests.hour, default: 0] += taken / 2
                for _ in 0..<3 { database.maintain() }
            }
        }

        /// The hours since the start, up to one, of which not as many samples are answered as were sent, and how many are.
        func wrong(through last: Int64, coarsest: Int64) throws -> [String] {
            try (0..<last).compactMap { hour in
                let found = try TierDatabaseTests().totals(database.source, hour, hour + 1, coarsest: coarsest)
                let counts = ["0", "1"].map { Int(found[$0]?[0] ?? 0) }
                return counts.allSatisfy { $0 == sent[hour] ?? 0 } ? nil : "\(hour): \(counts) of \(sent[hour] ?? 0)"
            }
        }

        func check(_ when: String, through last: Int64) throws {
            for coarsest in [0, 5 * TierClockTests.minute, TierClockTests.hour] {
                let wrong = try wrong(through: last, coarsest: coarsest)
                #expect(wrong == [], "\(when), coarsest \(coarsest), \(database.blockSet.coverage.floors)")
            }
        }

        func tier(_ name: String) -> TierStatus { database.status.tiers.first { $0.name == name } ?? TierStatus(nil) }
        var now: Timestamp { clock.now() }
    }

    /// - Parameter ahead: hours for which the clock is a year ahead. After a day it is believed, and data is purged by it.
    @Test("once a clock that was ahead is put right, all goes on as before", arguments: [1, 5, 30, 200] as [Int64])
    func ahead(hours ahead: Int64) throws {
        let run = try Run()
        try run.fill(hours: 40)
        run.clock.jump(Self.year)
        try run.fill(hours: ahead)
        run.clock.jump(-Self.year)
        run.database.maintain()
        try run.check("put right", through: 40 + ahead)
        try run.fill(hours: 60)
        let end = 40 + ahead + 60
        try run.check("later", through: end - 1)
        #expect(run.sent[end - 2] == 6)
        for name in ["5m", "1h"] {
            let tier = run.tier(name)
            #expect(tier.foldedThrough ?? 0 >= run.now - 8 * Self.hour, "\(name)")
            #expect(tier.floor ?? 0 <= run.now && tier.backlogBlocks == 0, "\(name)")
        }
        // Samples of today are kept as long as is said, no longer and no shorter.
        let raw = run.database.blocks.filter { $0.maxTime <= run.now + 2 * Self.hour }
        #expect(run.tier("raw").floor ?? 0 <= run.now - 6 * Self.hour)
        #expect(raw.contains { $0.minTime <= run.now - 5 * Self.hour } && raw.allSatisfy { $0.maxTime > run.now - 15 * Self.hour })
        // No block of a tier is written anew again and again because it tells of all the time that is still to come.
        #expect(run.database.blocks(.fiveMinutes).allSatisfy { $0.maxTime - $0.minTime <= 4 * Self.day })
        try run.reopen()
        try run.check("after a start", through: end - 1)
    }

    @Test("what is there while a clock is far behind, from the start on, is there when it is put right")
    func behind() throws {
        let run = try Run {
            // Longer than the log reaches back: with the clock behind, it is read from its beginning.
            $0.retention = Retention(time: 24 * TierClockTests.hour)
            $0.tiers.fiveMinutes = 48 * TierClockTests.hour
        }
        try run.fill(hours: 80)
        let floors = (run.tier("raw").floor, run.tier("5m").floor)
        #expect(floors.0 != nil && floors.1 != nil)
        run.clock.jump(-Self.start)
        try run.reopen()
        run.database.maintain()
        run.clock.jump(Self.start)
        run.database.maintain()
        try run.check("put right", through: 79)
        try run.reopen()
        run.clock.pass(Self.minute)
        run.database.maintain()
        try run.check("after a start", through: 79)
        #expect(run.tier("raw").floor == floors.0 && run.tier("5m").floor == floors.1)
    }
}
