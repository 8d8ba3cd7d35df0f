import Glibc
import Model
import TestKit
import Testing

@testable import TSDB

/// Blocks as plain data, and what becomes of them when they are merged.
struct MergeModel {
    var parts: [PlainBlock] = []
    /// Of each part what is deleted: from series whose label `i` is in the list.
    var deletions: [[(series: ClosedRange<Int>, times: TimeRange)]] = []
    let ulid = ULID(high: 9 << 40, low: 1)

    /// `count` blocks of an hour each that overlap more or less, with samples for equal times and different values.
    init(_ random: inout SeededRandom, count: Int, distance: Int) {
        for number in 0..<count {
            var part = PlainBlock()
            part.ulid = ULID(high: 1 << 40, low: UInt64(number))
            part.minTime = Timestamp(number * distance)
            part.maxTime = part.minTime + 3_600_000
            for i in 0..<12 where random.below(3) > 0 {
                let chunks = Self.chunks(&random, part.minTime..<part.maxTime)
                if !chunks.isEmpty { part.series.append((labels(["__name__": "m\(i % 3)", "i": "\(i)"]), chunks)) }
            }
            parts.append(part)
            deletions.append(
                (0..<random.below(4)).map { _ in
                    let from = part.minTime + Timestamp(random.below(3_600_000))
                    let first = random.below(12)
                    return (first...min(11, first + random.below(4)), TimeRange(from: from, through: from + Timestamp(random.below(2_000_000))))
                })
        }
    }

    private static func chunks(_ random: inout SeededRandom, _ times: Range<Timestamp>) -> [[Sample]] {
        var time = times.lowerBound + Timestamp(random.below(20)) * 15_000
        var chunks: [[Sample]] = []
        while time < times.upperBound {
            var chunk: [Sample] = []
            for _ in 0..<(1 + random.below(130)) where time < times.upperBound {
                chunk.append(Sample(time: time, value: Double(random.below(1000)) / 8))
                time += Timestamp(1 + random.below(4)) * 15_000
            }
            chunks.append(chunk)
            if random.below(5) == 0 { time += Timestamp(random.below(100)) * 15_000 }
        }
        return chunks
    }

    func write(_ files: any FileSystem, _ folder: String) throws -> [Block] {
        try files.makeLastingFolder(folder)
        return try zip(parts, deletions).map { part, deletions in
            let path = FilePath.join(folder, "\(part.ulid)")
            try part.write(path, files)
            let block = try openBlock(files, path)
            for (series, times) in deletions {
                try block.delete([Matcher(.matches, "i", series.map(String.init).joined(separator: "|"))], times)
            }
            return block
        }
    }

    /// Of two samples with one time the earlier part's stays.
    func expected(_ range: TimeRange) -> [Answer] {
        var all: [Labels: [Timestamp: UInt64]] = [:]
        for (part, deletions) in zip(parts, deletions) {
            for (labels, chunks) in part.series {
                let number = Int(labels["i"] ?? "") ?? -1
                for sample in chunks.joined() where range.contains(sample.time) {
                    if deletions.contains(where: { $0.series.contains(number) && $0.times.contains(sample.time) }) { continue }
                    if all[labels]?[sample.time] == nil { all[labels, default: [:]][sample.time] = sample.value.bitPattern }
                }
            }
        }
        return all.sorted { $0.key < $1.key }.map { labels, samples in
            let sorted = samples.sorted { $0.key < $1.key }
            return Answer(labels: labels, times: sorted.map(\.key), values: sorted.map(\.value))
        }
    }

    var range: TimeRange { TimeRange(from: parts.map(\.minTime).min() ?? 0, through: (parts.map(\.maxTime).max() ?? 1) - 1) }
}

@Suite struct MergeTests {
    @Test(arguments: 1...10)
    func blocksAreMergedAsAPlainModelSays(seed: UInt64) throws {
        for round in 0..<rounds(4) {
            var random = SeededRandom(seed &* 1000 &+ UInt64(round))
            let files = MemoryFileSystem(seed: seed)
            let model = MergeModel(&random, count: 1 + random.below(5), distance: [3_600_000, 1_800_000, 600_000, 0][random.below(4)])
            let blocks = try model.write(files, "data")
            let request = MergeRequest(ulid: model.ulid, segmentSize: 1 << (10 + random.below(8)))
            let meta = try Compactor.merge(blocks, request, into: "data", files)
            let expected = model.expected(model.range)
            #expect((meta == nil) == expected.isEmpty, "seed \(seed), round \(round)")
            guard let meta else { continue }
            let merged = try openBlock(files.crash(), "data/\(model.ulid)")
            #expect(merged.verify() == [], "seed \(seed), round \(round)")
            #expect(try merged.answers() == expected, "seed \(seed), round \(round)")
            #expect(merged.meta == meta && meta.stats.samples == expected.reduce(0) { $0 + $1.times.count })
            #expect(meta.stats.series == expected.count && meta.stats.floatSamples == meta.stats.samples)
            #expect(meta.compaction.parents.map(\.ulid) == model.parts.map(\.ulid))
            // What queries saw of the parts, the oldest first, is what they see of the whole.
            let before = MergedSource(blocks[blocks.count - 1]) { blocks.dropLast().reversed() }
            #expect(try before.answers().filter { !$0.times.isEmpty } == expected, "seed \(seed), round \(round)")
        }
    }

    @Test(arguments: 1...6)
    func onlyTheWantedTimeIsTaken(seed: UInt64) throws {
        var random = SeededRandom(seed)
        let files = MemoryFileSystem(seed: seed)
        let model = MergeModel(&random, count: 3, distance: 1_800_000)
        let blocks = try model.write(files, "data")
        let from = Timestamp(random.below(4_000_000))
        var request = BlockRequest(ulid: model.ulid, minTime: from, maxTime: from + 1 + Timestamp(random.below(3_000_000)))
        request.spoolMemory = 100
        let cursors = try blocks.map { block in try block.chunkCursor(from: request.minTime, through: request.maxTime - 1) }
        let meta = try BlockWriter.write(cursors, request, into: "data", files)
        let expected = model.expected(TimeRange(from: request.minTime, through: request.maxTime - 1))
        #expect((meta == nil) == expected.isEmpty, "seed \(seed)")
        if meta == nil { return }
        let written = try openBlock(files, "data/\(model.ulid)")
        #expect(try written.verify() == [] && written.answers() == expected, "seed \(seed)")
        #expect(try files.list("data/\(model.ulid)") == ["chunks", "index", "meta.json", "tombstones"])
    }

    @Test func chunksThatNothingTouchesGoThroughByteForByte() throws {
        let files = MemoryFileSystem()
        var random = SeededRandom(5)
        var model = MergeModel(&random, count: 3, distance: 3_600_000)
        model.deletions = [[], [], []]
        let blocks = try model.write(files, "data")
        _ = try Compactor.merge(blocks, MergeRequest(ulid: model.ulid), into: "data", files)
        func chunks(_ block: Block) throws -> [Labels: [[UInt8]]] {
            var all: [Labels: [[UInt8]]] = [:]
            let cursor = try block.chunkCursor(from: .min, through: .max)
            while try cursor.next() { all[cursor.labels] = cursor.chunks.map { Array($0.bytes) } }
            return all
        }
        let parts = try blocks.map(chunks)
        let expected = parts.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
        #expect(try chunks(openBlock(files, "data/\(model.ulid)")) == expected)
    }

    @Test func nothingIsLeftWhenEverythingWasDeleted() throws {
        let files = MemoryFileSystem()
        var random = SeededRandom(6)
        let model = MergeModel(&random, count: 2, distance: 0)
        let blocks = try model.write(files, "data")
        for block in blocks { try block.delete([Matcher(.matches, "i", ".+")], TimeRange(from: .min, through: .max)) }
        #expect(try Compactor.merge(blocks, MergeRequest(ulid: model.ulid), into: "data", files) == nil)
        #expect(try files.list("data") == model.parts.map { "\($0.ulid)" })
    }

    @Test func theOwnerCanEndTheWork() throws {
        let files = MemoryFileSystem()
        var random = SeededRandom(7)
        let model = MergeModel(&random, count: 2, distance: 0)
        let blocks = try model.write(files, "data")
        var request = MergeRequest(ulid: model.ulid)
        request.proceed = { $0.series < 3 }
        do {
            _ = try Compactor.merge(blocks, request, into: "data", files)
            Issue.record("it was not ended")
        } catch {
            guard case .stopped = error else { throw error }
        }
        #expect(try files.list("data") == model.parts.map { "\($0.ulid)" })
    }

    /// A block without hints vouches for the log up to its end; late or stale series must not do that.
    @Test func hintsStayAsLongAsTheyAreTrue() throws {
        func hints(_ parts: [(from: Int64, hints: [String])]) throws -> [String] {
            let files = MemoryFileSystem()
            let blocks = try parts.enumerated().map { number, part in
                var plain = PlainBlock()
                plain.ulid = ULID(high: 1, low: UInt64(number))
                plain.minTime = part.from
                plain.maxTime = part.from + 10
                plain.series = [(labels(["a": "b"]), [[Sample(time: part.from, value: 1)]])]
                let path = "data/\(plain.ulid)"
                try plain.write(path, files)
                var meta = try BlockMeta.read(path, files)
                meta.compaction.hints = part.hints
                try meta.write(path, files)
                return try openBlock(files, path)
            }
            return try Compactor.merge(blocks, MergeRequest(ulid: ULID(high: 2, low: 0)), into: "data", files)?.compaction.hints ?? ["none"]
        }
        let late = BlockMeta.Compaction.fromOutOfOrder
        let stale = BlockMeta.Compaction.fromStaleSeries
        #expect(try hints([(0, []), (10, [])]) == [])
        #expect(try hints([(0, []), (0, [late])]) == [])
        #expect(try hints([(0, [late]), (10, [])]) == [])
        #expect(try hints([(0, []), (10, [late])]) == [late])
        #expect(try hints([(0, [late]), (0, [late, stale])]) == [late, stale])
    }
}
