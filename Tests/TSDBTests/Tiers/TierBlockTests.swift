import Model
import TestKit
import Testing

@testable import TSDB

/// Blocks of tiers as files: written, opened, checked, deleted from, damaged.
@Suite struct TierBlockTests {
    private static let start: Timestamp = 1_700_006_400_000
    private static let hour = TierFixture.hour
    private let counter = labels(["__name__": "counter", "job": "a"])
    private let gauge = labels(["__name__": "gauge", "job": "b"])

    /// Ten hours of two series in blocks of two hours, the first eight folded.
    private func fixture(_ random: inout SeededRandom) throws -> TierFixture {
        let fixture = try TierFixture()
        let end = Self.start + 10 * Self.hour
        let shapes = [(counter, RandomSeries.Shape.counter), (gauge, .gauge)]
        let whole = shapes.map { ($0, RandomSeries.samples(&random, $1, start: Self.start, end: end)) }
        for at in stride(from: Self.start, to: end, by: 2 * Int(Self.hour)) {
            try fixture.add(whole, after: at, through: at + 2 * Self.hour)
            if at > Self.start {
                try fixture.cut(at - 2 * Self.hour, at)
                try fixture.fold(at - 2 * Self.hour, at)
            }
        }
        return fixture
    }

    private func windows(_ block: Block, _ matchers: [Matcher] = [], _ parts: AggregateParts = .all) throws -> [[Aggregate]] {
        let set = try block.find(Selection(matchers: matchers, from: .min, through: .max))
        return try (0..<set.count).map { index in
            let column = AggregateColumn()
            try set.readWindows(index, from: .min, through: .max, parts, into: column)
            return column.all
        }
    }

    private func expected(_ fixture: TierFixture, _ series: Labels, _ block: Block) -> [Aggregate] {
        let meta = block.meta
        let samples = (fixture.all[series] ?? []).filter { meta.range.contains($0.time) }
        return referenceWindows(samples, meta.fold?.tier.resolution ?? 1)
    }

    @Test("a block has the windows that end in its time, says so, and passes verification", arguments: 0..<rounds(10))
    func written(seed: Int) throws {
        var random = SeededRandom(UInt64(seed))
        let fixture = try fixture(&random)
        for tier in Tier.allCases {
            let blocks = fixture.tiers[tier] ?? []
            #expect(blocks.count == 4)
            for (place, block) in blocks.enumerated() {
                let meta = block.meta
                #expect(meta.minTime == Self.start + Timestamp(place) * 2 * Self.hour + 1 && meta.maxTime == meta.minTime + 2 * Self.hour)
                #expect(meta.fold?.tier == tier)
                // The last sample was still in the head.
                #expect(meta.fold?.sources == [fixture.raw[place].meta.ulid])
                #expect(meta.stats.series == 2 && meta.stats.histogramSamples == 0)
                #expect(block.verify() == [])
                for (found, series) in zip(try windows(block), [counter, gauge]) {
                    let wanted = expected(fixture, series, block)
                    #expect(zip(found, wanted).allSatisfy { $0.agrees(with: $1) } && found.count == wanted.count, "seed \(seed)")
                }
            }
        }
    }

    @Test("blocks of a tier as one have the same windows, in chunks of 120 to 240")
    func compacted() throws {
        var random = SeededRandom(4)
        let fixture = try fixture(&random)
        let before = try (fixture.tiers[.fiveMinutes] ?? []).map { try windows($0) }
        try fixture.compact(.fiveMinutes)
        let block = try #require(fixture.tiers[.fiveMinutes]?.first)
        #expect(fixture.tiers[.fiveMinutes]?.count == 1)
        #expect(try windows(block) == (0..<2).map { series in before.flatMap { $0[series] } })
        #expect(block.verify() == [])
        #expect(block.meta.compaction.level == 2 && block.meta.compaction.parents.count == 4)
        #expect(block.meta.fold?.sources == fixture.raw.map(\.meta.ulid).sorted())
        #expect(block.meta.stats.chunks == 2 && block.meta.stats.samples == 192)
        try fixture.compact(.fiveMinutes)
    }

    @Test("a block without a series is there, opens again, and tells that its time is folded")
    func empty() throws {
        let fixture = try TierFixture()
        try fixture.write(.hour, Self.start, Self.start + Self.hour, [FoldInput([], start: Self.start, end: Self.start + Self.hour)])
        let block = try #require(fixture.tiers[.hour]?.first)
        #expect(block.meta.stats == BlockMeta.Stats() && block.meta.fold == BlockMeta.Fold(.hour))
        #expect(block.verify() == [])
        #expect(try block.select(Selection(matchers: [], from: .min, through: .max)).count == 0)
        #expect(try block.select(Selection(matchers: [Matcher(name: "a", equals: "b")], from: .min, through: .max)).count == 0)
        #expect(try block.labelNames(Selection(matchers: [], from: .min, through: .max)) == [])
        #expect(try block.delete([], TimeRange(from: .min, through: .max)) == 0)
        let other = BlockMeta(ulid: ULID(high: 1, low: 1), minTime: Self.start, maxTime: Self.start + Self.hour)
        #expect(FoldedTimes([block.meta]).has(other))
    }

    @Test("what a tier's block tells of itself is read again; a raw block's description is what it was")
    func description() throws {
        let files = MemoryFileSystem()
        try files.makeLastingFolder("block")
        var meta = BlockMeta(ulid: ULID(high: 7, low: 7), minTime: 1, maxTime: 3_600_001)
        try meta.write("block", files)
        #expect(!String(decoding: files.contents("block/meta.json"), as: UTF8.self).contains("tier"))
        meta.fold = BlockMeta.Fold(.fiveMinutes, sources: [ULID(high: 1, low: 2), ULID(high: 3, low: 4)])
        try meta.write("block", files)
        #expect(try BlockMeta.read("block", files).fold == meta.fold)
        let text = String(decoding: files.contents("block/meta.json"), as: UTF8.self)
        let plain = text.prefix { $0 != "{" } + text.drop { $0 != "{" }.split(separator: ",\n\t\"checksum\"")[0] + "\n}\n"
        files.setContents("block/meta.json", Array(plain.replacing("300000", with: "300001").utf8))
        #expect(throws: StorageError.self) { try BlockMeta.read("block", files) }
        for (time, other) in [("3600001", "3600000"), ("3600001", "9223372036854775807"), ("minTime\": 1", "minTime\": -9223372036854775808")] {
            let odd = plain.replacing(time, with: other)
            #expect(odd != plain)
            files.setContents("block/meta.json", Array(odd.utf8))
            #expect { try BlockMeta.read("block", files) } throws: { "\($0)".contains("where no tier can") }
        }
        let newer = plain.replacing("\"resolution\": 300000,\n\t\t\"version\": 1", with: "\"resolution\": 60000,\n\t\t\"version\": 2")
        #expect(newer != plain)
        files.setContents("block/meta.json", Array(newer.utf8))
        do {
            _ = try BlockMeta.read("block", files)
            Issue.record("a later form was read")
        } catch {
            guard case .newerForm(_, 2, 1) = error else { throw error }
        }
    }

    @Test("windows where there can be none of their length are refused: those of hours among finer ones, and any among samples")
    func misplaced() throws {
        var random = SeededRandom(5)
        let fixture = try fixture(&random)
        let hours = try #require(fixture.tiers[.hour]?.first)
        let (start, end) = (hours.meta.minTime - 1, hours.meta.maxTime - 1)
        #expect { try fixture.write(.fiveMinutes, start, end, [FoldInput([hours], start: start, end: end)]) } throws: {
            "\($0)".contains("windows of 3600000 ms where 300000 ms are to be made")
        }
        let request = BlockRequest(ulid: fixture.newULID(), minTime: start, maxTime: end + 1)
        _ = try BlockWriter.write(try hours.chunkCursor(from: .min, through: .max), request, into: "data", fixture.files)
        #expect(try fixture.open("data/\(request.ulid)").verify().contains { $0.reason.contains("a chunk of windows in a block of samples") })
    }

    @Test("windows that claim to count more than can be counted are written so that they can be read")
    func greatest() throws {
        let most = Aggregate.greatestCount
        var window = Aggregate(Sample(time: 1, value: 2))
        (window.end, window.count, window.resets) = (300_000, most, most)
        var next = window
        (next.end, next.firstTime, next.lastTime) = (600_000, 300_001, 300_001)
        let finer = AggregateColumn()
        for window in [window, next] { finer.append(window) }
        let folded = AggregateColumn()
        folded.fold(finer, 0..<2, resolution: 3_600_000)
        #expect(folded.all.map(\.count) == [most] && folded.all.map(\.resets) == [most] && window.merged(with: window).count == most)
    }

    @Test("a tier answers in the place of what is finer only where a series' own windows are left")
    func ownWindows() throws {
        let fixture = try TierFixture()
        let end = Self.start + 10 * Self.hour
        try fixture.write(.hour, Self.start, end, [FoldInput([], start: Self.start, end: end)])
        let floors = TierFloors(hour: Self.start + 4 * Self.hour)
        #expect(fixture.coverage.spans(floors, coarsest: Self.hour).spans == [TierSpan(start: floors.hour, end: end, tier: .hour)])
        #expect(fixture.coverage.spans(TierFloors(), coarsest: Self.hour).spans == [TierSpan(start: Self.start, end: end, tier: .hour)])
    }

    @Test("what is deleted takes the windows with it that it touches", arguments: Tier.allCases)
    func deletes(tier: Tier) throws {
        var random = SeededRandom(9)
        let fixture = try fixture(&random)
        let block = try #require(fixture.tiers[tier]?[1])
        let before = try windows(block)
        // Of hours it is both.
        let middle = Self.start + 3 * Self.hour
        #expect(try block.delete([Matcher(name: "__name__", equals: "gauge")], TimeRange(from: middle, through: middle + 1)) == 1)
        let wanted = before[1].filter { !($0.end - tier.resolution < middle + 1 && $0.end >= middle) }
        #expect(wanted.count == before[1].count - 2)
        let left = [before[0], wanted].filter { !$0.isEmpty }
        #expect(try windows(block) == left)
        #expect(try windows(fixture.open(block.path)) == left)
        // The writer carries it out.
        let (start, end) = (block.meta.minTime - 1, block.meta.maxTime - 1)
        try fixture.write(tier, start, end, [FoldInput([block], start: start, end: end)], replacing: [block])
        let clean = try #require(fixture.tiers[tier]?[1], "the second block")
        #expect(clean.tombstones.isEmpty)
        #expect(try windows(clean) == left)
        #expect(try clean.delete([Matcher(name: "__name__", equals: "gauge")], TimeRange(from: .min, through: .max)) == left.count - 1)
        #expect(try windows(clean) == [before[0]])
        #expect(try clean.labelValues("__name__", Selection(matchers: [], from: .min, through: .max)) == ["counter"])
        let matching = try Selection(matchers: [Matcher(.matches, "job", ".+")], from: .min, through: .max)
        #expect(try clean.labelValues("__name__", matching) == ["counter"])
    }

    @Test("names and values of series that only tiers have are listed where raw samples are gone")
    func listings() throws {
        var random = SeededRandom(11)
        let fixture = try fixture(&random)
        let old = labels(["__name__": "old", "ended": "yes"])
        try fixture.add(old, [Sample(time: Self.start + Self.hour + 7, value: 1)])
        for block in try fixture.cutLate() { try fixture.foldLate(block) }
        let everything = Selection(matchers: [], from: .min, through: .max)
        let late = Selection(matchers: [], from: Self.start + 9 * Self.hour, through: .max)
        for floors in [
            TierFloors(), TierFloors(raw: Self.start + 6 * Self.hour),
            TierFloors(raw: Self.start + 6 * Self.hour, fiveMinutes: Self.start + 4 * Self.hour),
        ] {
            fixture.floors = floors
            fixture.purge()
            let source = fixture.source
            #expect(try source.labelNames(everything) == ["__name__", "ended", "job"])
            #expect(try source.labelValues("__name__", everything) == ["counter", "gauge", "old"])
            #expect(
                try source.labelValues("ended", Selection(matchers: [Matcher(name: "__name__", equals: "old")], from: .min, through: .max)) == ["yes"]
            )
            #expect(try source.labelNames(late) == ["__name__", "job"])
        }
        #expect(fixture.raw.count == 1)
        #expect(try fixture.source.select(late) is any TieredSeriesSet == false)
        #expect(try fixture.source.select(everything) is any TieredSeriesSet)
    }

    @Test("a changed byte is found, told of, and never answered", arguments: ["index", "chunks/000001"])
    func damage(_ name: String) throws {
        var random = SeededRandom(5)
        let fixture = try fixture(&random)
        let block = try #require(fixture.tiers[.fiveMinutes]?.first)
        let path = FilePath.join(block.path, name)
        let good = fixture.files.contents(path)
        let expected = try windows(block)
        for seed in 0..<mutationRounds(usual: 150) {
            var random = SeededRandom(UInt64(seed))
            var bytes = good
            let at = random.below(bytes.count)
            if random.below(4) == 0 { bytes.removeSubrange(at...) } else { bytes[at] ^= UInt8(1 << random.below(8)) }
            fixture.files.setContents(path, bytes)
            guard let damaged = try? fixture.open(block.path) else { continue }
            if let answer = try? windows(damaged) { #expect(answer == expected, "seed \(seed), byte \(at)") }
            // Between the parts of an index are bytes that mean nothing.
            if name == "index" { continue }
            #expect(!damaged.verify().isEmpty, "seed \(seed), byte \(at)")
            let lenient = try Block.open(path: block.path, files: fixture.files, leavingOutDamage: true) { _ in }
            #expect(try zip(windows(lenient), expected).allSatisfy { $0.isEmpty || $0 == $1 }, "seed \(seed), byte \(at)")
        }
    }

    @Test("an error or the end of the program leaves no block, or a whole one")
    func crashes() throws {
        var random = SeededRandom(6)
        let fixture = try fixture(&random)
        let blocks = fixture.tiers[.fiveMinutes] ?? []
        let (start, end) = (Self.start, Self.start + 8 * Self.hour)
        var call = 1
        while call < 200 {
            fixture.files.failCall(fixture.files.calls + call)
            defer { fixture.files.heal() }
            let request = TierRequest(
                ulid: fixture.newULID(), tier: .fiveMinutes, start: start, end: end, inputs: [FoldInput(blocks, start: start, end: end)],
                replaced: blocks.map(\.meta))
            let path = "data/tiers/5m/\(request.ulid)"
            do {
                _ = try TierWriter.write(request, into: "data/tiers/5m", fixture.files)
                break
            } catch {
                fixture.files.heal()
                #expect(try fixture.files.kind(path) == nil, "call \(call)")
            }
            call += 1
        }
        #expect(call > 10 && call < 200)
    }

    @Test("a tool sees the tiers, and answers from them where raw samples are gone")
    func tools() throws {
        var random = SeededRandom(8)
        let fixture = try fixture(&random)
        for block in fixture.raw.prefix(3) { try BlockFolder.remove(block.meta.ulid, in: "data", fixture.files) }
        let reading = try FolderReading("data", fixture.files, clock: FixedClock())
        #expect(reading.problems.isEmpty)
        #expect(reading.tierBlocks.map { $0.meta.fold?.tier } == [Tier](repeating: .fiveMinutes, count: 4) + [Tier](repeating: .hour, count: 4))
        let set = try reading.source.select(Selection(matchers: [], from: .min, through: .max))
        #expect(set.count == 2)
        for index in 0..<set.count {
            let answer = try TierAnswer(set, index, .min, .max)
            // What the head had is not in the folder.
            let last = Self.start + 8 * Self.hour
            #expect(answer.count == (fixture.all[set.labels(index)] ?? []).count { $0.time < last })
        }
    }
}
