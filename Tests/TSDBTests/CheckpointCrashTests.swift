import Model
import TestKit
import Testing

@testable import TSDB

/// Power cuts while the head's oldest samples move to blocks and its log is shortened behind them.
@Suite struct CheckpointCrashTests {
    private let hour: Int64 = 3_600_000
    private let minute: Int64 = 60_000
    private var start: Timestamp { 1_700_000_000_000 / (2 * hour) * (2 * hour) }

    private typealias Contents = [Labels: [Timestamp: Double]]

    private func open(_ files: any FileSystem, _ clock: TurnedClock) throws -> Database {
        var options = DatabaseOptions()
        options.head.outOfOrderWindow = 2 * hour
        options.walSegmentSize = 2 << 10
        return try Database.open(path: "data", options: options, files: files, clock: clock, report: { _ in })
    }

    private func contents(_ database: Database) throws -> Contents {
        var contents: Contents = [:]
        for series in try database.source.answers() {
            #expect(zip(series.times, series.times.dropFirst()).allSatisfy { $0 < $1 })
            contents[series.labels] = Dictionary(uniqueKeysWithValues: zip(series.times, series.values.map { Double(bitPattern: $0) }))
        }
        return contents
    }

    /// Samples of many series every ten minutes, of which some come late, and of one that lives for an hour now and then.
    private func fill(_ database: Database, _ clock: TurnedClock, _ hours: Range<Int64>, _ seed: UInt64, maintaining: Bool) throws {
        var random = SeededRandom(seed)
        for time in stride(from: start + hours.lowerBound * hour, to: start + hours.upperBound * hour, by: Int(10 * minute)) {
            clock.set(time)
            var batch = AppendBatch()
            for i in 0..<12 {
                let late = random.below(8) == 0 ? Timestamp(random.below(100)) * minute + 1 : 0
                batch.add(labels(["__name__": "m", "i": "\(i)"]), time - late, Double(random.below(1000)))
            }
            if (time - start) / hour % 3 == 0 { batch.add(labels(["__name__": "short"]), time, 1) }
            _ = try database.head.append(&batch)
            if maintaining { database.maintain() }
        }
    }

    /// Whether a database has all that was synced, and beside it nothing but what was appended and not synced yet.
    private func check(_ database: Database, _ synced: Contents, _ pending: Contents, _ place: String) throws {
        var found = try contents(database)
        for (series, samples) in synced {
            let part = (found[series] ?? [:]).filter { samples[$0.key] != nil }
            #expect(part == samples, "\(series), \(place)")
        }
        for series in found.keys {
            found[series] = found[series]?.filter { synced[series]?[$0.key] == nil && pending[series]?[$0.key] != $0.value }
        }
        let isAllKnown = found.values.allSatisfy { $0.isEmpty }
        #expect(isAllKnown, "more than there was, \(place)")
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func aPowerCutAtAnyCallLosesNothingThatWasSynced(seed: UInt64) throws {
        let files = MemoryFileSystem(seed: seed)
        let clock = TurnedClock(start)
        let database = try open(files, clock)
        try fill(database, clock, 0..<7, seed, maintaining: true)
        try database.delete([[Matcher(name: "i", equals: "3")]], TimeRange(from: start + 5 * hour, through: start + 6 * hour))
        try fill(database, clock, 7..<10, seed + 100, maintaining: false)
        try database.sync()
        let synced = try contents(database)
        let counts = database.status.counts
        try database.head.add(labels(["__name__": "m", "i": "0"]), (clock.now() + 1, 5))
        let pending = try contents(database)

        files.keepCrashes()
        clock.set(clock.now() + minute)
        database.maintain()
        let crashes = files.takeCrashes() + [files.crash()]
        let after = database.status.counts
        #expect(after.checkpoints > counts.checkpoints && after.failedCheckpoints == 0 && after.failedCompactions == 0)
        #expect(crashes.count > 50 && database.blocks.count > 1)
        try check(database, synced, pending, "seed \(seed), without a crash")

        // Each history takes every fourth call.
        for (call, disk) in crashes.enumerated() where call % 4 == Int(seed % 4) {
            let again = try open(disk, clock)
            try check(again, synced, pending, "seed \(seed), call \(call)")
            again.maintain()
            try check(again, synced, pending, "seed \(seed), call \(call), behind the next maintenance")
            try check(try open(disk.crash(), clock), synced, pending, "seed \(seed), call \(call), behind the second crash")
        }
    }
}
