import Model
import TestKit
import Testing

@testable import TSDB

/// Disks that fail, and power cuts, at any call while samples are folded, blocks of tiers merged and raw ones purged.
@Suite struct TierFaultTests {
    static let (start, minute, hour) = (TierDatabaseTests.start, TierDatabaseTests.minute, TierDatabaseTests.hour)

    /// A folder with what two days left, with late samples in the log whose raw companions are gone: of two blocks, and so close together that the
    /// next part of what comes late waits for the head.
    private struct Past {
        let lab = TierDatabaseTests.Lab()
        let totals: [String: [Double]]

        init() throws {
            var database = try lab.open()
            try lab.fill(database, 0, 40)
            for minutes: Int64 in [-20, -10, 10, 20] {
                let time = TierFaultTests.start + 20 * TierFaultTests.hour + minutes * TierFaultTests.minute + 7
                try database.head.add(labels(["__name__": "m", "i": "0"]), (time, 5000))
            }
            try database.close()
            database = try lab.open()
            totals = try TierDatabaseTests().totals(database.source, -1, 39)
            try database.close()
        }

        func open(_ files: MemoryFileSystem, _ clock: TurnedClock) throws -> Database {
            try Database.open(path: "data", options: lab.options, files: files, clock: clock) { _ in }
        }

        /// Goes on for some hours on a copy of the disk. Of the calls from the given one on, so many fail; then there may be a power cut.
        func goOn(failing first: Int, _ count: Int, endsWithPowerCut: Bool) throws -> (database: Database, calls: Int) {
            var files = lab.files.crash()
            let clock = TurnedClock(lab.clock.now())
            var database = try open(files, clock)
            let before = files.calls
            for call in 0..<count { files.failCall(before + first + call) }
            try lab.fill(database, 40, 43, clock: clock)
            let calls = files.calls - before
            files.heal()
            if endsWithPowerCut {
                files = files.crash()
                database = try open(files, clock)
            }
            try lab.fill(database, 43, 46, clock: clock)
            return (database, calls)
        }
    }

    /// What the log has of late samples may be in a block as well; a block may be there with those that it was made of.
    @Test("every sample is counted once, whichever call to the disk fails, and wherever a power cut ends it all", arguments: [false, true])
    func anyCall(endsWithPowerCut: Bool) throws {
        let past = try Past()
        let calls = try past.goOn(failing: 0, 0, endsWithPowerCut: false).calls
        for call in stride(from: 1, through: calls, by: 2) {
            let database = try past.goOn(failing: call, endsWithPowerCut ? calls : 1, endsWithPowerCut: endsWithPowerCut).database
            let found = try TierDatabaseTests().totals(database.source, -1, 39)
            #expect(found == past.totals, "call \(call) of \(calls)")
            #expect(try TierDatabaseTests().totals(database.source, -1, 39, coarsest: Self.hour) == past.totals, "call \(call) of \(calls)")
            #expect(endsWithPowerCut || database.status.tiers.contains { $0.counts.lateMerges > 0 })
        }
    }
}
