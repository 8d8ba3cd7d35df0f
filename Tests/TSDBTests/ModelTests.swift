import Model
import TSDB
import TestKit
import Testing

/// Random histories against a dictionary: appends by labels and by reference, good and bad times, restarts with and without a close.
@Suite struct RandomHistories {
    private struct Expected {
        var series: [Labels: [(time: Timestamp, value: Double)]] = [:]

        mutating func add(_ labels: Labels, _ time: Timestamp, _ value: Double, _ outcome: inout AppendOutcome) {
            guard let last = series[labels]?.last else {
                series[labels] = [(time, value)]
                outcome.seriesCreated += 1
                return outcome.appended += 1
            }
            if time < last.time { return outcome.outOfOrder += 1 }
            if time == last.time {
                if value.bitPattern == last.value.bitPattern { outcome.identical += 1 } else { outcome.duplicate += 1 }
                return
            }
            series[labels]?.append((time, value))
            outcome.appended += 1
        }
    }

    @Test func theHeadIsADictionary() throws {
        for seed in 1...rounds(100) { try history(UInt64(seed)) }
    }

    private func history(_ seed: UInt64) throws {
        var random = SeededRandom(seed)
        let files = MemoryFileSystem(seed: seed)
        var options = DatabaseOptions()
        options.walSegmentSize = 2000
        var database: Database? = try openDatabase(files, options)
        var expected = Expected()
        var refs: [Labels: SeriesRef] = [:]
        for _ in 0..<10 {
            if random.below(5) == 0 {
                if random.below(2) == 0 { try database?.close() }
                database = nil
                database = try openDatabase(files, options)
            } else if let head = database?.head {
                try append(head, &expected, &refs, &random, seed)
            }
        }
        let answers = try database?.head.answers() ?? []
        let wanted = expected.series.sorted { $0.key < $1.key }.map { entry in
            Answer(labels: entry.key, times: entry.value.map(\.time), values: entry.value.map(\.value.bitPattern))
        }
        #expect(answers == wanted, "seed \(seed)")
    }

    private func append(
        _ head: Head, _ expected: inout Expected, _ refs: inout [Labels: SeriesRef], _ random: inout SeededRandom, _ seed: UInt64
    ) throws {
        var batch = AppendBatch()
        var wanted = AppendOutcome()
        var added: [(Int, Labels)] = []
        for _ in 0..<random.below(12) {
            let series = labels(["a": "\(random.below(4))", "b": "\(random.below(2))"])
            let last = expected.series[series]?.last
            let time = (last?.time ?? 0) + Timestamp([0, 0, -5, 1000, 15_000, 8_000_000][random.below(6)])
            let value = random.below(3) == 0 ? last?.value ?? 1 : Double(random.below(100))
            if let ref = refs[series], random.below(3) > 0 {
                batch.add(ref, time, value)
            } else {
                added.append((batch.add(series, time, value), series))
            }
            expected.add(series, time, value, &wanted)
        }
        #expect(try head.append(&batch) == wanted, "seed \(seed)")
        for (index, series) in added {
            let ref = try #require(batch.reference(ofNew: index))
            #expect(refs[series] ?? ref == ref, "seed \(seed)")
            refs[series] = ref
        }
    }
}
