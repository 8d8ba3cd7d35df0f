import Model
import TSDB
import TestKit
import Testing

@Suite struct TombstoneTests {
    private func range(_ from: Timestamp, _ through: Timestamp) -> TimeRange { TimeRange(from: from, through: through) }

    @Test func rangesAreJoined() {
        var tombstones = Tombstones()
        for (from, through) in [(10, 20), (40, 50), (30, 32), (51, 60), (21, 25), (70, 60)] as [(Timestamp, Timestamp)] {
            tombstones.add(1, range(from, through))
        }
        #expect(tombstones.ranges(1) == [range(10, 25), range(30, 32), range(40, 60)] && tombstones.count == 3)
        let again = tombstones.add(1, range(12, 14))
        let more = tombstones.add(1, range(20, 45))
        #expect(!again && more)
        #expect(tombstones.ranges(1) == [range(10, 60)])
        tombstones.add(1, range(.min, .max))
        #expect(tombstones.ranges(1) == [range(.min, .max)])
        #expect(tombstones.ranges(2).isEmpty)
    }

    @Test(arguments: 1...10)
    func joinedRangesHoldTheSameTimes(seed: UInt64) {
        var random = SeededRandom(seed)
        var tombstones = Tombstones()
        var times: Set<Timestamp> = []
        for _ in 0..<30 {
            let from = Timestamp(random.below(100))
            let part = range(from, from + Timestamp(random.below(8)) - 1)
            let new = part.from <= part.through ? Set(part.from...part.through) : []
            let changed = tombstones.add(0, part)
            #expect(changed == !new.isSubset(of: times), "seed \(seed)")
            times.formUnion(new)
            let ranges = tombstones.ranges(0)
            #expect((0..<120).allSatisfy { time in ranges.contains { $0.contains(time) } == times.contains(time) }, "seed \(seed)")
            #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.through + 1 < $1.from }, "seed \(seed)")
        }
    }

    @Test func theFileIsWrittenAsPrometheusDoes() throws {
        let files = MemoryFileSystem()
        try files.makeFolder("block")
        try files.syncFolder(".")
        #expect(try Tombstones.read("block", files).isEmpty)
        var tombstones = Tombstones()
        tombstones.add(300, range(-1, 1))
        tombstones.add(2, range(5, 5))
        try tombstones.write("block", files)
        #expect(files.contents("block/tombstones").prefix(12) == [0x01, 0x30, 0xba, 0x30, 1, 2, 10, 10, 0xac, 2, 1, 2])
        #expect(files.contents("block/tombstones").count == 16)
        #expect(try Tombstones.read("block", files.crash()) == tombstones)
    }

    @Test func damageIsTold() throws {
        let files = MemoryFileSystem()
        try files.makeFolder("block")
        var tombstones = Tombstones()
        for i in 0..<20 { tombstones.add(UInt64(i * 1000), range(Timestamp(i), 1 << 40)) }
        try tombstones.write("block", files)
        let good = files.contents("block/tombstones")
        for at in good.indices {
            var bytes = good
            bytes[at] ^= 0x10
            files.setContents("block/tombstones", bytes)
            #expect(throws: StorageError.self) { try Tombstones.read("block", files) }
            files.setContents("block/tombstones", Array(good.prefix(at)))
            #expect(throws: StorageError.self) { try Tombstones.read("block", files) }
        }
    }
}

@Suite struct BlockDeletionTests {
    /// Series a and b with samples at 0, 10, … 190 in two chunks, and c with one chunk up to 90.
    private func block(_ files: MemoryFileSystem) throws -> Block {
        var block = PlainBlock()
        block.maxTime = 200
        let samples = (0..<20).map { Sample(time: Timestamp($0 * 10), value: 1) }
        for name in ["a", "b"] { block.series.append((labels(["__name__": name, "x": "1"]), [Array(samples[..<10]), Array(samples[10...])])) }
        block.series.append((labels(["__name__": "c", "only": "c"]), [Array(samples[..<10])]))
        try block.write("block", files)
        return try openBlock(files)
    }

    private func times(_ block: Block, _ name: String, _ from: Timestamp = .min, _ through: Timestamp = .max) throws -> [Timestamp]? {
        try block.answers([Matcher(name: "__name__", equals: name)], from, through).first?.times
    }

    @Test func deletedSamplesAreGoneForLaterQueries() throws {
        let files = MemoryFileSystem()
        let block = try block(files)
        let running = try block.select(Selection(matchers: [], from: .min, through: .max))
        #expect(try block.delete([Matcher(.notEqual, "__name__", "b")], TimeRange(from: 15, through: 175)) == 2)
        #expect(try times(block, "a") == [0, 10, 180, 190] && times(block, "b")?.count == 20 && times(block, "c") == [0, 10])
        let column = SampleColumn()
        try running.read(0, from: .min, through: .max, into: column)
        #expect(column.count == 20)
        #expect(block.tombstones.count == 2 && block.meta.stats.tombstones == 2 && block.verify() == [])
        let again = try openBlock(files.crash())
        #expect(try again.answers() == block.answers() && again.meta == block.meta && again.bytes == block.bytes)
        #expect(try block.delete([Matcher(name: "__name__", equals: "a")], TimeRange(from: 20, through: 100)) == 0)
        #expect(try block.delete([Matcher(name: "__name__", equals: "z")], TimeRange(from: 20, through: 100)) == 0)
    }

    @Test func aSeriesWithoutSamplesInTheRangeIsNotListed() throws {
        let block = try block(MemoryFileSystem())
        try block.delete([Matcher(name: "__name__", equals: "a")], TimeRange(from: 5, through: 144))
        #expect(try times(block, "a", 20, 99) == nil && times(block, "a", 101, 149) == nil && times(block, "a", 20, 150) == [150])
        #expect(try times(block, "b", 20, 99)?.count == 8)
        let matchers = try [Matcher(.matches, "__name__", "a|b")]
        #expect(try block.labelValues("__name__", Selection(matchers: matchers, from: 20, through: 149)) == ["b"])
        #expect(try block.labelValues("__name__", Selection(matchers: matchers, from: 20, through: 150)) == ["a", "b"])
        #expect(try block.labelNames(Selection(matchers: [Matcher(name: "__name__", equals: "a")], from: 20, through: 149)).isEmpty)
    }

    @Test func aSeriesOfWhichNothingIsLeftIsInNoListing() throws {
        let block = try block(MemoryFileSystem())
        let all = Selection(matchers: [], from: .min, through: .max)
        try block.delete([Matcher(name: "__name__", equals: "c")], TimeRange(from: 0, through: 89))
        #expect(try block.labelNames(all) == ["__name__", "only", "x"])
        try block.delete([Matcher(name: "__name__", equals: "c")], TimeRange(from: 81, through: .max))
        #expect(try block.labelNames(all) == ["__name__", "x"] && block.labelValues("__name__", all) == ["a", "b"])
        #expect(try block.labelValues("only", all).isEmpty && block.answers().map { $0.labels.metricName } == ["a", "b"])
        try block.delete([], TimeRange(from: .min, through: .max))
        #expect(try block.labelNames(all).isEmpty && block.labelValues("x", all).isEmpty && block.answers().isEmpty)
    }

    /// Whichever call to the disk fails, a deletion is there whole or not at all, also after a power cut.
    @Test func aFailingDeletionIsWholeOrNothing() throws {
        var call = 1
        while true {
            let files = MemoryFileSystem(seed: UInt64(call))
            let block = try block(files)
            let before = files.calls
            files.failCall(before + call)
            let done = (try? block.delete([Matcher(name: "x", equals: "1")], TimeRange(from: 0, through: 50))) != nil
            for source in [block, try openBlock(files), try openBlock(files.crash())] {
                let left = try source.answers([Matcher(name: "x", equals: "1")]).map(\.times.count)
                #expect(left == [14, 14] || (!done && left == [20, 20]), "call \(call)")
            }
            if files.calls < before + call { break }
            call += 1
        }
        #expect(call > 6)
    }
}
