import Chunks
import Model
import Synchronization
import TestKit
import Testing

@testable import TSDB

/// Native histograms that come late: in the head, its log, and blocks.
@Suite struct OutOfOrderHistogramTests {
    private let hour: Int64 = 3_600_000
    private let latency = labels(["__name__": "latency"])
    private var start: Timestamp { 1_700_000_000_000 / (2 * hour) * (2 * hour) }
    private let everything = Selection(matchers: [], from: .min, through: .max)

    private func whole(_ count: Int64, buckets: Int = 2) -> NativeHistogram {
        let layout = HistogramLayout(schema: 2, zeroThreshold: 0x1p-128, positiveSpans: [BucketSpan(offset: -1, length: UInt32(buckets))])
        let counts = [Int64](repeating: count, count: buckets)
        return .whole(
            Histogram(layout: layout, count: UInt64(count) * UInt64(buckets), sum: Double(count), positiveDeltas: Histogram.deltas(counts)))
    }

    private func custom(_ count: Int64) -> NativeHistogram {
        let layout = HistogramLayout(schema: -53, positiveSpans: [BucketSpan(offset: 0, length: 1)], customValues: [0.5, 1])
        return .fractional(FloatHistogram(layout: layout, count: Double(count), sum: 2, positiveCounts: [Double(count)]))
    }

    private func open(_ files: any FileSystem, _ clock: TurnedClock) throws -> Database {
        var options = DatabaseOptions()
        options.head.outOfOrderWindow = 6 * hour
        options.walSegmentSize = 8 << 10
        return try Database.open(path: "data", options: options, files: files, clock: clock, report: { _ in })
    }

    private func add(_ head: Head, _ time: Timestamp, _ value: SampleValue) throws -> AppendOutcome {
        var batch = AppendBatch()
        switch value {
        case .float(let float): batch.add(latency, time, float)
        case .histogram(let histogram): batch.add(latency, time, histogram)
        }
        return try head.append(&batch)
    }

    /// Whether a source answers just what is expected, of one series.
    private func answers(_ source: some SeriesSource, _ wanted: [Timestamp: SampleValue]) throws -> Bool {
        let set = try source.select(everything)
        let floats = SampleColumn()
        let histograms = HistogramColumn()
        for index in 0..<set.count {
            try set.read(index, from: .min, through: .max, into: floats)
            try set.readHistograms(index, from: .min, through: .max, into: histograms)
        }
        let found = (0..<floats.count).map { (floats.times[$0], SampleValue.float(floats.values[$0])) }
        let others = zip(histograms.times, histograms.histograms).map { ($0, SampleValue.histogram($1)) }
        return found.count + others.count == wanted.count && histograms.times == histograms.times.sorted()
            && (found + others).allSatisfy { time, value in wanted[time].map { value.outcome(of: $0) == .identical } ?? false }
    }

    /// The clock was a year ahead for a moment: what came then is not of use for long, but it was taken.
    @Test func aHistogramOfATimeToComeIsSetAsideInABlock() throws {
        let clock = TurnedClock(start + 365 * 24 * hour)
        let database = try open(MemoryFileSystem(), clock)
        let ahead = clock.now()
        #expect(try add(database.head, ahead, .histogram(whole(1))).appended == 1)
        clock.set(start)
        database.maintain()
        #expect(database.blocks.count == 1)
        #expect(try answers(database.source, [ahead: .histogram(whole(1))]))
    }

    @Test func aLateHistogramIsReadInItsPlaceWithoutAHint() throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(start + hour)
        let database = try open(files, clock)
        for i in [1, 2, 4, 5] as [Int64] { #expect(try add(database.head, start + i, .histogram(whole(i))).appended == 1) }
        let late = try add(database.head, start + 3, .histogram(whole(3)))
        #expect(late.appended == 1 && late.appendedOutOfOrder == 1)
        #expect(try add(database.head, start + 3, .histogram(whole(3))).identical == 1)
        #expect(try add(database.head, start + 3, .histogram(whole(4))).duplicate == 1)
        #expect(try add(database.head, start + 3, .float(4)).duplicate == 1)
        #expect(try add(database.head, start + 2, .histogram(whole(2))).identical == 1)
        #expect(try add(database.head, start + 2, .float(2)).duplicate == 1)
        #expect(try add(database.head, start - 6 * hour, .histogram(whole(1))).tooOld == 1)
        try database.close()
        let again = try open(files, clock)
        for source in [database.source, again.source] as [any SeriesSource] {
            let column = HistogramColumn()
            try source.select(everything).readHistograms(0, from: .min, through: .max, into: column)
            #expect(column.times == (1...5).map { start + $0 })
            #expect(column.histograms.map(\.hint) == [.unknown, .noReset, .unknown, .unknown, .noReset])
        }
    }

    @Test func oneBatchMayHaveThemInAnyOrder() throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(start + hour)
        let database = try open(files, clock)
        var batch = AppendBatch()
        batch.add(latency, start + 50, 1)
        for i in [90, 70, 80, 70, 40] as [Int64] { batch.add(latency, start + i, whole(i)) }
        let outcome = try database.head.append(&batch)
        #expect(outcome.appended == 5 && outcome.appendedOutOfOrder == 3 && outcome.refused == 0 && outcome.identical == 1)
        let wanted: [Timestamp: SampleValue] = [
            start + 50: .float(1), start + 40: .histogram(whole(40)), start + 70: .histogram(whole(70)), start + 80: .histogram(whole(80)),
            start + 90: .histogram(whole(90)),
        ]
        #expect(try answers(database.head, wanted))
        try database.close()
        #expect(try answers(try open(files, clock).head, wanted))
    }

    /// Floats and histograms of all kinds, in order and not, deleted, restarted, cut into blocks: what came first for a time is answered.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func whatCameFirstIsAnsweredThroughEverything(seed: UInt64) throws {
        var random = SeededRandom(seed)
        let files = MemoryFileSystem()
        let clock = TurnedClock(start + 5 * hour)
        var database = try open(files, clock)
        var wanted: [Timestamp: SampleValue] = [:]
        for step in 0..<600 {
            let newest = start + 4 * hour + Int64(step) * 1000
            let time = Int.random(in: 0..<3, using: &random) == 0 ? newest : start + hour / 2 + Int64.random(in: 0..<2000, using: &random) * 5000
            let count = Int64.random(in: 1...50, using: &random)
            let value: SampleValue =
                switch Int.random(in: 0..<10, using: &random) {
                case 0: .float(Double(count))
                case 1: .histogram(custom(count))
                case 2: .histogram(.whole(.staleMarker))
                default: .histogram(whole(count, buckets: Int.random(in: 1...4, using: &random)))
                }
            let outcome = try add(database.head, time, value)
            if wanted[time] == nil {
                #expect(outcome.appended == 1, "seed \(seed), step \(step)")
                wanted[time] = value
            } else {
                #expect(outcome.appended == 0, "seed \(seed), step \(step)")
            }
            if step % 150 == 70 {
                let range = TimeRange(from: time, through: time + 200_000)
                try database.delete([[]], range)
                wanted = wanted.filter { !range.contains($0.key) }
            }
            if step % 200 == 120 {
                #expect(try answers(database.source, wanted), "seed \(seed), step \(step)")
                try database.close()
                database = try open(files, clock)
            }
            if step % 60 == 0 { #expect(try answers(database.source, wanted), "seed \(seed), step \(step)") }
        }
        #expect(try database.maintenance.withLock { work throws(StorageError) in try database.cutOutOfOrder(&work) } > 0)
        #expect(try answers(database.source, wanted), "seed \(seed), behind the cut")
        #expect(database.head.core.outOfOrder.isEmpty)
        try database.close()
        database = try open(files, clock)
        #expect(try answers(database.source, wanted), "seed \(seed), behind the cut and a restart")
        clock.set(start + 12 * hour)
        _ = try database.head.add(labels(["__name__": "other"]), (start + 12 * hour, 1))
        try database.delete([[Matcher(name: "__name__", equals: "other")]], TimeRange(from: .min, through: .max))
        database.maintain()
        #expect(!database.blocks.isEmpty && database.status.counts.failedCompactions == 0)
        #expect(try answers(database.source, wanted), "seed \(seed), all in blocks")
    }
}
