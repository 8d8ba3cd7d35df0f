import Model
import TSDB
import TestKit
import Testing

/// What a head must answer, kept in dictionaries and by the rules as they are told to users.
struct ExpectedHead {
    struct Kept {
        var value: Double
        var inOrder: Bool
    }

    struct Series {
        var samples: [Timestamp: Kept] = [:]
        /// The time that samples in order must be behind.
        var last: Timestamp?
        /// The same when the batch began.
        var lastBefore: Timestamp?
    }

    var series: [Labels: Series] = [:]
    var window: Int64
    /// Half a chunk range.
    var reach: Int64

    /// The newest sample in order.
    var newest: Timestamp? { series.values.flatMap { $0.samples.filter(\.value.inOrder).keys }.max() }

    mutating func add(_ batch: [(labels: Labels, time: Timestamp, value: Double)]) -> AppendOutcome {
        var outcome = AppendOutcome()
        guard let newest = newest ?? batch.first?.time else { return outcome }
        for (labels, known) in series { series[labels]?.lastBefore = known.last }
        outcome.hasRepeats = hasRepeats(batch.filter { $0.time >= newest - reach })
        for sample in batch { add(sample.labels, sample.time, sample.value, newest, &outcome) }
        return outcome
    }

    /// Whether a series has several among these samples that are newer than what it had before the batch.
    private func hasRepeats(_ batch: [(labels: Labels, time: Timestamp, value: Double)]) -> Bool {
        let newer = batch.filter { sample in series[sample.labels]?.lastBefore.map { sample.time > $0 } ?? true }
        return Set(newer.map(\.labels)).count < newer.count
    }

    /// What repeats the last sample in order is told from other late ones by what the batch found.
    private mutating func add(_ labels: Labels, _ time: Timestamp, _ value: Double, _ newest: Timestamp, _ outcome: inout AppendOutcome) {
        let known = series[labels]
        if time >= newest - reach, known?.last.map({ time > $0 }) ?? true {
            keep(labels, time, Kept(value: value, inOrder: true), &outcome)
            series[labels]?.last = time
        } else if time >= newest - reach, time == known?.last || time == known?.lastBefore, let there = known?.samples[time], there.inOrder {
            repeated(there.value, value, &outcome)
        } else if window == 0 {
            if time < newest - reach { outcome.outOfBounds += 1 } else { outcome.outOfOrder += 1 }
        } else if time < newest - window {
            outcome.tooOld += 1
        } else if let there = known?.samples[time] {
            repeated(there.value, value, &outcome)
        } else {
            keep(labels, time, Kept(value: value, inOrder: false), &outcome)
            outcome.appendedOutOfOrder += 1
        }
    }

    private mutating func keep(_ labels: Labels, _ time: Timestamp, _ kept: Kept, _ outcome: inout AppendOutcome) {
        if series[labels] == nil { outcome.seriesCreated += 1 }
        series[labels, default: Series()].samples[time] = kept
        outcome.appended += 1
    }

    private func repeated(_ there: Double, _ value: Double, _ outcome: inout AppendOutcome) {
        if there.bitPattern == value.bitPattern { outcome.identical += 1 } else { outcome.duplicate += 1 }
    }

    /// Returns how many samples went. A series that keeps some still remembers its last one.
    mutating func delete(_ label: String, _ value: String, _ range: TimeRange) -> Int {
        var removed = 0
        for (labels, known) in series where sameBytes(labels[label] ?? "", value) {
            let kept = known.samples.filter { !range.contains($0.key) }
            removed += known.samples.count - kept.count
            if kept.isEmpty { series[labels] = nil } else { series[labels]?.samples = kept }
        }
        return removed
    }

    /// What a query without matchers answers.
    func answers(_ from: Timestamp = .min, _ through: Timestamp = .max) -> [Answer] {
        series.sorted { $0.key < $1.key }.compactMap { labels, series in
            let times = series.samples.keys.filter { $0 >= from && $0 <= through }.sorted()
            guard !times.isEmpty else { return nil }
            return Answer(labels: labels, times: times, values: times.compactMap { series.samples[$0]?.value.bitPattern })
        }
    }
}

/// Random histories against a dictionary: appends by labels and by reference, good and bad times, restarts with and without a close.
@Suite struct RandomHistories {
    private static let steps: [Timestamp] = [0, 0, -5, 1000, 15_000, 200_000, -400, -20_000, -700_000, 2_000_000]

    @Test func theHeadIsADictionary() throws {
        for seed in 1...rounds(100) { try history(UInt64(seed), window: 0) }
    }

    @Test func theHeadIsADictionaryWithSamplesOutOfOrderToo() throws {
        for seed in 1...rounds(100) { try history(UInt64(seed), window: 600_000) }
        for seed in 1...rounds(30) { try history(UInt64(seed), window: 40_000_000) }
    }

    @Test func theHeadIsADictionaryWithDeletesToo() throws {
        for seed in 1...rounds(100) { try history(UInt64(seed), window: 600_000, deletes: true) }
        for seed in 1...rounds(30) { try history(UInt64(seed), window: 40_000_000, deletes: true) }
    }

    private func history(_ seed: UInt64, window: Int64, deletes: Bool = false) throws {
        var random = SeededRandom(seed)
        let files = MemoryFileSystem(seed: seed)
        var options = DatabaseOptions()
        options.walSegmentSize = 2000
        var database: Database? = try openDatabase(files, options, window: window)
        var expected = ExpectedHead(window: window, reach: options.head.chunkRange / 2)
        var refs: [Labels: SeriesRef] = [:]
        for _ in 0..<(deletes ? 40 : 20) {
            if deletes, random.below(4) == 0, let head = database?.head {
                try delete(head, &expected, &random, seed)
                refs = refs.filter { expected.series[$0.key] != nil }
            } else if random.below(6) == 0 {
                if random.below(2) == 0 { try database?.close() }
                database = nil
                database = try openDatabase(files, options, window: window)
            } else if let head = database?.head {
                try append(head, &expected, &refs, &random, seed)
            }
            let from = Timestamp(random.below(5_000_000))
            let through = from + Timestamp(random.below(3_000_000))
            let answers = try database?.head.answers([], from, through).filter { !$0.times.isEmpty }
            #expect(answers == expected.answers(from, through), "seed \(seed)")
        }
        #expect(try database?.head.answers() == expected.answers(), "seed \(seed)")
        #expect(database?.head.stats.samples == expected.series.values.reduce(0) { $0 + $1.samples.count }, "seed \(seed)")
    }

    private func delete(_ head: Head, _ expected: inout ExpectedHead, _ random: inout SeededRandom, _ seed: UInt64) throws {
        let middle = (expected.newest ?? 0) - Timestamp(random.below(2_000_000))
        let width = Timestamp([0, 20_000, 1_000_000, 100_000_000][random.below(4)])
        let range = TimeRange(from: middle - width, through: middle + width)
        let value = "\(random.below(4))"
        let removed = try head.delete([Matcher(name: "a", equals: value)], range)
        #expect(removed == expected.delete("a", value, range), "seed \(seed)")
        let values = try head.labelValues("a", Selection(matchers: [], from: .min, through: .max))
        #expect(values == Set(expected.series.keys.compactMap { $0["a"] }).sorted(), "seed \(seed)")
    }

    private func append(
        _ head: Head, _ expected: inout ExpectedHead, _ refs: inout [Labels: SeriesRef], _ random: inout SeededRandom, _ seed: UInt64
    ) throws {
        var batch = AppendBatch()
        var samples: [(Labels, Timestamp, Double)] = []
        var added: [(Int, Labels)] = []
        var start = expected.newest ?? 0
        for _ in 0..<random.below(40) {
            let series = labels(["a": "\(random.below(4))", "b": "\(random.below(2))"])
            let known = expected.series[series]
            if random.below(2) == 0 { start = known?.last ?? start }
            let time = start + Self.steps[random.below(Self.steps.count)]
            let value = random.below(3) == 0 ? known?.samples[time]?.value ?? 1 : Double(random.below(100))
            if let ref = refs[series], random.below(3) > 0 {
                batch.add(ref, time, value)
            } else {
                added.append((batch.add(series, time, value), series))
            }
            samples.append((series, time, value))
        }
        let wanted = expected.add(samples)
        let outcome = try head.append(&batch)
        #expect(outcome == wanted, "seed \(seed)")
        for (index, series) in added {
            let ref = batch.reference(ofNew: index)
            #expect((ref != nil) == (expected.series[series] != nil), "seed \(seed)")
            #expect(refs[series] ?? ref == ref, "seed \(seed)")
            refs[series] = ref
        }
    }
}
