import Chunks
import Model
import Synchronization
import TSDB
import TestKit
import Testing

/// What blocks have told their owner.
final class Damages: Sendable {
    private let all = Mutex<[StorageError]>([])
    var report: @Sendable (StorageError) -> Void { { error in self.all.withLock { $0.append(error) } } }
    var count: Int { all.withLock { $0.count } }
}

func openBlock(_ files: any FileSystem, _ folder: String = "block", _ damages: Damages = Damages()) throws -> Block {
    try Block.open(path: folder, files: files, report: damages.report)
}

@Suite struct BlockTests {
    /// A block of `series` series with two chunks each: times 0, 10, … 90 and 100, 110, … 190.
    private func someBlock(_ files: MemoryFileSystem, series: Int = 3) throws {
        var block = PlainBlock()
        block.maxTime = 200
        for i in 0..<series {
            let samples = (0..<20).map { Sample(time: Timestamp($0 * 10), value: Double(i * 100 + $0)) }
            block.series.append((labels(["__name__": "m", "i": "\(i)"]), [Array(samples[..<10]), Array(samples[10...])]))
        }
        try block.write("block", files)
    }

    @Test func aBlockAnswersWhatIsInIt() throws {
        let files = MemoryFileSystem()
        try someBlock(files)
        let block = try openBlock(files)
        #expect(block.meta.ulid == PlainBlock.ulid && block.meta.maxTime == 200)
        #expect(block.verify() == [])
        let all = try block.answers()
        #expect(all.map(\.labels) == (0..<3).map { labels(["__name__": "m", "i": "\($0)"]) })
        #expect(all[1].times == (0..<20).map { Timestamp($0 * 10) } && all[1].values[3] == 103.0.bitPattern)
        #expect(try block.answers([Matcher(name: "i", equals: "2")], 85, 110).map(\.times) == [[90, 100, 110]])
        #expect(try block.answers([], 200, 300).isEmpty && block.answers([], -5, -1).isEmpty && block.answers([], 91, 99).isEmpty)
        #expect(try block.answers([], 95, 95).isEmpty)
        #expect(block.bytes == ["index", "chunks/000001", "meta.json"].reduce(0) { $0 + files.contents("block/" + $1).count })
    }

    /// Whatever else is left out.
    @Test func windowsAreAnsweredWhole() throws {
        var leftOut = 0
        for seed in UInt64(1)...200 {
            var random = SeededRandom(seed)
            var time: Timestamp = 1000
            let chunks = (0..<6).map { _ in
                (0..<random.below(12) + 1).map { _ in
                    time += Timestamp(random.below(40) + 1)
                    return Sample(time: time, value: Double(time))
                }
            }
            var block = PlainBlock()
            block.maxTime = time + 1
            block.series = [(labels(["__name__": "m"]), chunks)]
            let files = MemoryFileSystem()
            try block.write("block", files)
            let windows = QueryWindows(
                first: Timestamp(random.below(1200)), stride: Timestamp(random.below(400)), count: random.below(8) + 1,
                length: Timestamp(random.below(300) + 1))
            let ends = (0..<windows.count).map { windows.first + windows.stride * Timestamp($0) }
            func isSeen(_ time: Timestamp) -> Bool { ends.contains { time <= $0 && time > $0 - windows.length } }
            let last = ends[windows.count - 1]
            let set = try openBlock(files).select(Selection(matchers: [], from: windows.first - windows.length, through: last, windows: windows))
            let column = SampleColumn()
            if set.count > 0 { try set.read(0, from: windows.first - windows.length, through: last, into: column) }
            let answered = (0..<column.count).map { column.times[$0] }
            let written = chunks.joined().map(\.time)
            #expect(answered.filter(isSeen) == written.filter(isSeen), "seed \(seed)")
            #expect(answered.allSatisfy(written.contains), "seed \(seed)")
            leftOut += written.count - answered.count
        }
        #expect(leftOut > 2000)
    }

    /// A set may be asked for other times than it was selected for.
    @Test func aSetCanBeReadBeforeItsSelection() throws {
        let files = MemoryFileSystem()
        try someBlock(files, series: 1)
        let set = try openBlock(files).select(Selection(matchers: [], from: 150, through: 160))
        let column = SampleColumn()
        try set.read(0, from: 80, through: 110, into: column)
        #expect(column.count == 4)
    }

    @Test(arguments: 1...8)
    func matchersGiveWhatAFilterOverAllSeriesGives(seed: UInt64) throws {
        var random = SeededRandom(seed)
        let tests = MatcherTests()
        var plain = PlainBlock()
        for _ in 0..<(seed == 1 ? 0 : random.below(200) + 1) {
            let names = MatcherTests.names.dropLast().filter { $0 != "absent" }
            let series = Labels(names.map { ($0, MatcherTests.values[random.below(MatcherTests.values.count)]) })
            if series.isEmpty || plain.series.contains(where: { $0.labels == series }) { continue }
            plain.series.append((series, [[Sample(time: 1, value: 1)]]))
        }
        let files = MemoryFileSystem()
        try plain.write("block", files)
        let block = try openBlock(files)
        #expect(block.verify() == [])
        for _ in 0..<150 {
            let matchers = try (0..<random.below(4)).map { _ in try tests.randomMatcher(&random) }
            let expected = plain.series.map(\.labels).filter { series in matchers.allSatisfy { $0.matches(series[$0.name] ?? "") } }.sorted()
            #expect(try block.answers(matchers).map(\.labels) == expected, "seed \(seed), \(matchers)")
            let whole = Selection(matchers: matchers, from: .min, through: .max)
            #expect(try block.labelNames(whole) == Set(expected.flatMap { $0.map(\.name) }).sorted(by: precedes), "seed \(seed), \(matchers)")
            var jobs: [String] = []
            for job in expected.compactMap({ $0["job"] }) where !jobs.contains(where: { sameBytes($0, job) }) { jobs.append(job) }
            #expect(try block.labelValues("job", whole).elementsEqual(jobs.sorted(by: precedes), by: sameBytes), "seed \(seed), \(matchers)")
        }
    }

    @Test func manyValuesAreFound() throws {
        let files = MemoryFileSystem()
        try someBlock(files, series: 1000)
        let block = try openBlock(files)
        #expect(block.verify() == [])
        let all = Selection(matchers: [], from: .min, through: .max)
        #expect(try block.labelValues("i", all) == (0..<1000).map(String.init).sorted(by: precedes))
        for i in stride(from: 0, to: 1000, by: 7) { #expect(try block.answers([Matcher(name: "i", equals: "\(i)")]).count == 1) }
        #expect(try block.answers([Matcher(.matches, "i", "12.*")]).count == 11)
        #expect(try block.answers([Matcher(.matchesNot, "i", "12.*")]).count == 989)
        #expect(try block.answers([Matcher(.matches, "i", "1|99|1001")]).count == 2)
        #expect(try block.answers([Matcher(.matches, "i", ".*5.*")]).count == 271)
        #expect(try block.answers([Matcher(name: "i", equals: "99999")]).isEmpty)
        #expect(try block.answers([Matcher(name: "i", equals: "")]).isEmpty)
    }

    @Test func severalThreadsReadOneSet() async throws {
        let files = MemoryFileSystem()
        try someBlock(files, series: 50)
        var block: Block? = try openBlock(files)
        let set = try #require(try block?.select(Selection(matchers: [], from: .min, through: .max)))
        // The set keeps what it reads, whatever becomes of the block.
        block = nil
        try files.removeAll("block")
        try await withThrowingTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    let column = SampleColumn()
                    for index in 0..<set.count {
                        column.removeAll()
                        try set.read(index, from: .min, through: .max, into: column)
                        #expect(column.count == 20 && column.values[19] - column.values[0] == 19)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func aCursorGivesSeriesWithTheirChunks() throws {
        let files = MemoryFileSystem()
        try someBlock(files)
        let block = try openBlock(files)
        try block.delete([Matcher(name: "i", equals: "1")], TimeRange(from: 25, through: 35))
        let cursor = try block.chunkCursor(from: 95, through: .max)
        var seen: [Labels] = []
        while try cursor.next() {
            seen.append(cursor.labels)
            #expect(cursor.chunks.map(\.range) == [TimeRange(from: 100, through: 190)])
            #expect(cursor.chunks.allSatisfy { $0.encoding == .xor && $0.bytes[1] == 10 })
            #expect(cursor.deleted == (cursor.labels["i"] == "1" ? [TimeRange(from: 25, through: 35)] : []))
        }
        #expect(seen.count == 3 && seen == seen.sorted())
        #expect(try block.chunkCursor(from: 95, through: 99).next() == false)
    }
}
