import Glibc
import Model
import TestKit
import Testing

@testable import TSDB

/// Samples from elsewhere become blocks.
@Suite struct BlockBuilderTests {
    private func builder(_ files: any FileSystem, _ options: BlockBuilder.Options = BlockBuilder.Options()) throws -> BlockBuilder {
        var number: UInt64 = 0
        return try BlockBuilder(folder: "import", files: files, options: options) {
            number += 1
            return ULID(high: 1 << 40, low: number)
        }
    }

    /// What was added first stays.
    private struct Plain {
        var samples: [Labels: [Timestamp: UInt64]] = [:]

        mutating func add(_ labels: Labels, _ time: Timestamp, _ value: Double) {
            if samples[labels]?[time] == nil { samples[labels, default: [:]][time] = value.bitPattern }
        }

        func answers(_ meta: BlockMeta) -> [Answer] {
            samples.sorted { $0.key < $1.key }.compactMap { labels, samples in
                let sorted = samples.filter { meta.range.contains($0.key) }.sorted { $0.key < $1.key }
                return sorted.isEmpty ? nil : Answer(labels: labels, times: sorted.map(\.key), values: sorted.map(\.value))
            }
        }

        func windows(_ duration: Int64) -> Set<Timestamp> {
            Set(samples.values.flatMap(\.keys).map { ($0 - (($0 % duration) + duration) % duration) })
        }
    }

    @Test(arguments: 1...12)
    func everySampleIsInItsBlock(seed: UInt64) throws {
        var random = SeededRandom(seed)
        let files = MemoryFileSystem(seed: seed)
        var options = BlockBuilder.Options()
        options.blockDuration = 600_000
        // Sometimes there is room for a few chunks only.
        if seed % 3 == 0 { options.memory = 2000 }
        let builder = try builder(files, options)
        var plain = Plain()
        for _ in 0..<3000 {
            let series = labels(["__name__": "m", "i": "\(random.below(6))"])
            let time = Timestamp(seed % 2 == 0 ? plain.samples.count * 40_000 + random.below(200) * 1000 : random.below(4000) * 1000) - 900_000
            let value = Double(random.below(100))
            plain.add(series, time, value)
            try builder.add(series, time, value)
        }
        #expect(builder.samples == 3000 && builder.seriesCount == plain.samples.count)
        var told: [BlockMeta] = []
        let metas = try builder.finish { told.append($0) }
        #expect(metas == told && metas.map(\.minTime) == metas.map(\.minTime).sorted())
        #expect(metas.count == plain.windows(600_000).count, "seed \(seed)")
        #expect(metas.reduce(0) { $0 + $1.stats.samples } == plain.samples.values.reduce(0) { $0 + $1.count }, "seed \(seed)")
        let disk = files.crash()
        #expect(try disk.list("import") == metas.map { "\($0.ulid)" })
        for meta in metas {
            let block = try openBlock(disk, "import/\(meta.ulid)")
            #expect(block.verify() == [], "seed \(seed)")
            #expect(try block.answers() == plain.answers(meta), "seed \(seed)")
            #expect(block.meta == meta && meta.maxTime - meta.minTime <= 600_000)
        }
    }

    @Test func keysAreReadOnce() throws {
        let builder = try builder(MemoryFileSystem())
        var read = 0
        func number(_ key: String) -> UInt32 {
            Array(key.utf8).withUnsafeBytes { bytes in
                builder.series(key: bytes) { key in
                    read += 1
                    return Labels([(name: "a", value: String(decoding: key, as: UTF8.self).filter { $0 != " " })])
                }
            }
        }
        let first = (0..<50).map { number("m\($0)") }
        #expect(first == Array(0..<50))
        #expect((0..<50).map { number("m\($0)") } == first)
        #expect((0..<50).reversed().map { number("m\($0)") } == first.reversed())
        #expect(read == 50)
        // Written otherwise, the same series.
        #expect(number("m 7") == 7 && number("") == 50 && read == 52)
    }

    @Test func timesAtTheEndsOfTimeAreKept() throws {
        let files = MemoryFileSystem()
        let builder = try builder(files)
        let series = labels(["a": "b"])
        let times: [Timestamp] = [.min + 1, -1, 0, 7_199_999, 7_200_000, .max - 1]
        for time in times.reversed() { try builder.add(series, time, 1) }
        let metas = try builder.finish()
        #expect(metas.count == 5)
        let found = try metas.flatMap { try openBlock(files, "import/\($0.ulid)").answers().flatMap(\.times) }
        #expect(found == times)
    }

    @Test func aFailingDiskLeavesWholeBlocksOnly() throws {
        func run(_ files: MemoryFileSystem, _ done: inout [BlockMeta]) throws {
            let builder = try builder(files)
            for i in 0..<2000 { try builder.add(labels(["i": "\(i % 5)"]), Timestamp(i * 10_000), Double(i)) }
            var metas: [BlockMeta] = []
            defer { done = metas }
            try builder.finish { metas.append($0) }
        }
        var done: [BlockMeta] = []
        let whole = MemoryFileSystem()
        try run(whole, &done)
        #expect(done.count == 3)
        for call in stride(from: 1, through: whole.calls, by: 3) {
            let files = MemoryFileSystem(seed: UInt64(call))
            files.failCall(call, with: call % 2 == 0 ? EIO : ENOSPC)
            try? run(files, &done)
            guard try files.kind("import") == .folder else { continue }
            try BlockFolder.cleanUp("import", files)
            #expect(try files.list("import").filter { $0 != "import" } == done.map { "\($0.ulid)" }, "call \(call)")
            for meta in done { #expect(try openBlock(files, "import/\(meta.ulid)").verify() == [], "call \(call)") }
        }
    }
}
