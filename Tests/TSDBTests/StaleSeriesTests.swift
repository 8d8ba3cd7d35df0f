import Model
import TestKit
import Testing

@testable import TSDB

/// Targets come and go, and their series leave the head before its next block is due.
@Suite("series that have ended leave the head early") struct StaleSeriesTests {
    static let minute: Int64 = 60_000
    static let hour: Int64 = 3_600_000
    static let start: Timestamp = 1_700_000_000_000 / (2 * hour) * (2 * hour)

    /// A database whose targets are pods: each round of them is replaced by the next.
    final class Site {
        let files: MemoryFileSystem
        let clock = TurnedClock(StaleSeriesTests.start)
        let reports = Reports()
        var options = DatabaseOptions()
        var database: Database

        init(threshold: Double = 0.2, minimum: Int = 1, segmentSize: Int = 1 << 20) throws {
            files = MemoryFileSystem()
            options.staleSeriesThreshold = threshold
            options.staleSeriesMinimum = minimum
            options.walSegmentSize = segmentSize
            database = try Database.open(path: "data", options: options, files: files, clock: clock, report: reports.reporter)
        }

        static func pod(_ round: Int, _ i: Int) -> Labels { TSDBTests.labels(["__name__": "requests", "i": "\(i)", "pod": "\(round)"]) }

        /// The pods of a round send samples for some minutes; with `ending`, they end.
        func send(_ round: Int, _ count: Int, minutes: Int = 5, ending: Bool = false) throws {
            var batch = AppendBatch()
            for minute in 0..<minutes {
                step()
                batch.removeAll()
                for i in 0..<count { batch.add(Self.pod(round, i), clock.now(), Double(minute)) }
                batch.add(TSDBTests.labels(["__name__": "up"]), clock.now(), 1)
                let outcome = try database.head.append(&batch)
                #expect(outcome.refused == 0)
            }
            if ending { try end(round, count) }
        }

        func end(_ round: Int, _ count: Int) throws {
            step()
            var batch = AppendBatch()
            for i in 0..<count { batch.add(Self.pod(round, i), clock.now(), StaleMarker.value) }
            #expect(try database.head.append(&batch).refused == 0)
        }

        func step(_ time: Int64 = StaleSeriesTests.minute) { clock.set(clock.now() + time) }

        /// Opens the folder again, after a close or as a power cut leaves it.
        func restart(crash: Bool = false) throws {
            if crash {
                let left = files.crash()
                database = try Database.open(path: "data", options: options, files: left, clock: clock, report: reports.reporter)
            } else {
                try database.close()
                database = try Database.open(path: "data", options: options, files: files, clock: clock, report: reports.reporter)
            }
        }
    }

    @Test func theyAreAnsweredFromABlockAndNoLongerTakeMemory() throws {
        let site = try Site()
        try site.send(0, 50, ending: true)
        try site.send(1, 50, minutes: 8)
        let answers = try site.database.source.answers()
        #expect(site.database.head.stats.series == 101)
        site.database.maintain()
        #expect(site.database.head.stats.series == 51)
        #expect(try site.database.source.answers() == answers)
        let blocks = site.database.blocks
        #expect(blocks.map(\.stats.series) == [50])
        #expect(blocks.first?.minTime == Self.start && blocks.first?.maxTime == Self.start + 2 * Self.hour)
        #expect(blocks.first?.compaction.hints.sorted() == ["from-out-of-order", "from-stale-series"])
        #expect(site.database.status.counts.staleCompactions == 1)
        #expect(try site.database.source.labelValues("pod", Selection(matchers: [], from: .min, through: .max)) == ["0", "1"])
        #expect(try site.database.head.labelValues("pod", Selection(matchers: [], from: .min, through: .max)) == ["1"])
        try site.restart()
        #expect(site.database.head.stats.series == 51)
        #expect(try site.database.source.answers() == answers)
    }

    @Test(arguments: [(0.0, 1), (0.6, 1), (0.2, 100)]) func belowTheThresholdTheyStay(_ threshold: Double, _ minimum: Int) throws {
        let site = try Site(threshold: threshold, minimum: minimum)
        try site.send(0, 50, ending: true)
        try site.send(1, 50, minutes: 8)
        site.database.maintain()
        #expect(site.database.head.stats.series == 101 && site.database.blocks.isEmpty)
        #expect(site.database.status.staleSeries == 50)
        site.database.setStaleSeriesThreshold(0.4)
        site.step()
        site.database.maintain()
        #expect(site.database.head.stats.series == (minimum == 1 ? 51 : 101))
        #expect(site.database.status.staleSeries == (minimum == 1 ? 0 : 50))
    }

    @Test func aTargetThatIsRestartedKeepsItsSeries() throws {
        let site = try Site()
        try site.send(0, 50, ending: true)
        try site.send(1, 10, minutes: 3)
        site.database.maintain()
        #expect(site.database.head.stats.series == 61, "ended three minutes ago")
        try site.send(0, 50, minutes: 8)
        site.database.maintain()
        #expect(site.database.head.stats.series == 61, "came back")
        #expect(site.database.blocks.isEmpty)
    }

    @Test func aSeriesThatComesBackIsANewOneAndIsAnsweredWhole() throws {
        let site = try Site()
        var batch = AppendBatch()
        let index = batch.add(Site.pod(0, 0), site.clock.now(), 1)
        _ = try site.database.head.append(&batch)
        let before = try #require(batch.reference(ofNew: index))
        try site.send(0, 50, ending: true)
        try site.send(1, 50, minutes: 8)
        site.database.maintain()
        batch.removeAll()
        batch.add(before, site.clock.now(), 7)
        #expect(try site.database.head.append(&batch).unknown == [0])
        batch.removeAll()
        let again = batch.add(Site.pod(0, 0), site.clock.now(), 7)
        #expect(try site.database.head.append(&batch).appended == 1)
        let after = try #require(batch.reference(ofNew: again))
        #expect(before.rawValue < after.rawValue)
        let answers = try site.database.source.answers()
        let whole = try #require(answers.first { $0.labels == Site.pod(0, 0) })
        #expect(whole.times.count == 8 && whole.values.contains(StaleMarker.bits) && whole.values.last == Double(7).bitPattern)
        for crash in [false, true] {
            try site.database.sync()
            try site.restart(crash: crash)
            #expect(try site.database.source.answers() == answers)
        }
    }

    /// Late samples go to blocks first; a series to which one comes while its block is written stays.
    @Test func samplesThatCameLateGoAlong() throws {
        let site = try Site()
        try site.send(0, 50, ending: true)
        try site.send(1, 50, minutes: 8)
        let time = site.clock.now() - 9 * Self.minute - 30_000
        for i in 0..<5 { #expect(try site.database.head.add(Site.pod(0, i), (time, 3)).appendedOutOfOrder == 1) }
        let answers = try site.database.source.answers()
        site.database.maintain()
        #expect(site.database.head.stats.series == 51)
        #expect(try site.database.source.answers() == answers)
        try site.database.sync()
        try site.restart(crash: true)
        #expect(try site.database.source.answers() == answers)
        #expect(site.database.head.stats.series == 51)
    }

    @Test func whatIsDeletedStaysDeleted() throws {
        let site = try Site()
        try site.send(0, 50, ending: true)
        try site.send(1, 50, minutes: 8)
        let pods = Matcher(name: "pod", equals: "0")
        try site.database.delete([[pods]], TimeRange(from: .min, through: Self.start + 3 * Self.minute))
        site.database.maintain()
        #expect(site.database.head.stats.series == 51)
        try site.database.delete([[pods]], TimeRange(from: .min, through: Self.start + 4 * Self.minute))
        let answers = try site.database.source.answers()
        #expect(answers.first { $0.labels == Site.pod(0, 1) }?.times.count == 2)
        try site.restart(crash: true)
        #expect(try site.database.source.answers() == answers)
    }

    /// Wherever a power cut falls, and whatever fails, each sample is answered once.
    @Test func aPowerCutAtAnyMomentLosesNothingAndDoublesNothing() throws {
        var call = 1
        var answered = false
        while !answered {
            let site = try Site()
            try site.send(0, 8, ending: true)
            try site.send(1, 8, minutes: 8)
            let answers = try site.database.source.answers()
            try site.database.sync()
            site.files.failCall(site.files.calls + call, with: 5)
            site.database.maintain()
            answered = site.database.status.counts.failedStaleCompactions == 0 && site.database.head.stats.series == 9
            site.files.heal()
            #expect(try site.database.source.answers() == answers, "call \(call)")
            try site.restart(crash: true)
            #expect(try site.database.source.answers() == answers, "call \(call), after a power cut")
            site.step()
            site.database.maintain()
            #expect(try site.database.source.answers() == answers)
            #expect(site.database.head.stats.series == 9)
            call += 1
            try #require(call < 300)
        }
        #expect(call > 10)
    }

    @Test func histogramsEndToo() throws {
        let site = try Site(threshold: 0.1)
        try site.send(1, 4, minutes: 1)
        var batch = AppendBatch()
        let name = labels(["__name__": "sizes"])
        batch.add(name, site.clock.now(), .whole(Histogram()))
        #expect(try site.database.head.append(&batch).refused == 0)
        site.step()
        batch.removeAll()
        batch.add(name, site.clock.now(), .whole(Histogram(sum: StaleMarker.value)))
        #expect(try site.database.head.append(&batch).refused == 0)
        try site.send(1, 2, minutes: 8)
        site.database.maintain()
        #expect(site.database.blocks.map(\.stats.histogramSamples) == [2])
        #expect(site.database.head.stats.series == 5)
    }

    /// Twenty deployments in ten hours, each of which replaces all series.
    @Test func churnLeavesNoGarbage() throws {
        let site = try Site(minimum: 100, segmentSize: 256 << 10)
        let count = 2000
        var most = HeadStats()
        for round in 0..<20 {
            try site.send(round, count, minutes: 2, ending: true)
            site.step(27 * Self.minute)
            try site.send(round + 1, 1, minutes: 1)
            site.database.maintain()
            let stats = site.database.head.stats
            if round == 4 { most = stats }
            #expect(stats.series <= 2 * count && stats.symbols <= 3 * count, "round \(round): \(stats)")
            if round > 4 { #expect(stats.bytes <= most.bytes * 5 / 4, "round \(round): \(stats.bytes) bytes after \(most.bytes)") }
        }
        #expect(site.database.status.counts.staleCompactions >= 18)
        #expect(site.database.status.counts.failedCompactions == 0)
        let answers = try site.database.source.answers([Matcher(name: "i", equals: "1")])
        #expect(answers.count == 20 && answers.allSatisfy { $0.times.count == 3 })
        let log = try site.files.bytes(below: "data/wal")
        #expect(log < 3 << 20, "\(log) bytes of log")
        let series = site.database.head.stats.series
        try site.restart()
        #expect(site.database.head.stats.series == series)
        #expect(!site.reports.messages.contains { $0.contains("does not name") }, "\(site.reports.messages)")
    }
}
