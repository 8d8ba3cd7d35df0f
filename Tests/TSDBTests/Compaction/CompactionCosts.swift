import Glibc
import Model
import TestKit
import Testing

@testable import TSDB

/// What importing and merging cost. Small figures by default, so that the code never rots.
@Suite(.serialized) struct CompactionCosts {
    private let files = RealFileSystem()
    private let series = Measuring.large ? 10_000 : 200
    private let hours = Measuring.large ? 6 : 4

    private func names(_ count: Int) -> [Labels] {
        (0..<count).map { i in
            labels([
                "__name__": "metric_\(i % 200)", "job": "node", "instance": "host-\(i / 1000):9100", "device": "dev\(i % 1000 / 200)",
                "mode": "m\(i % 7)", "id": "\(i)",
            ])
        }
    }

    private func cpu() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) }

    /// A counter every 15 s that begins at `offset`; series by series, or time by time.
    private func build(_ folder: String, offset: Int, byTime: Bool) throws -> [Block] {
        var random = SeededRandom(UInt64(offset + 1))
        let builder = try BlockBuilder(folder: folder, files: files) { ULID(high: 1 << 40, low: random.next()) }
        let names = names(series)
        let keys = names.map { Array("\($0)".utf8) }
        let rounds = hours * 240
        func add(_ i: Int, _ round: Int) throws {
            let number = keys[i].withUnsafeBytes { builder.series(key: $0) { _ in names[i] } }
            try builder.add(number, Timestamp(round * 15_000 + offset), Double(i + round * (i % 10)))
        }
        let start = cpu()
        if byTime {
            for round in 0..<rounds { for i in 0..<series { try add(i, round) } }
        } else {
            for i in 0..<series { for round in 0..<rounds { try add(i, round) } }
        }
        let added = cpu()
        let metas = try builder.finish()
        let samples = Double(builder.samples)
        let order = byTime ? "time by time" : "series by series"
        print("import \(order): \((added - start) * 1e9 / samples) ns CPU a sample to add, \((cpu() - added) * 1e9 / samples) ns to write")
        #expect(metas.reduce(0) { $0 + $1.stats.samples } == builder.samples)
        return try metas.map { try openBlock(files, FilePath.join(folder, "\($0.ulid)")) }
    }

    private func merge(_ what: String, _ blocks: [Block], _ folder: String) throws {
        let start = cpu()
        let clock = try seconds {
            let meta = try #require(try Compactor.merge(blocks, MergeRequest(ulid: ULID(high: 2 << 40, low: 1)), into: folder, files))
            let samples = Double(meta.stats.samples)
            print("\(what): \((cpu() - start) * 1e9 / samples) ns CPU a sample, \(meta.stats.samples) samples in \(meta.stats.series) series")
        }
        print("in \(clock) s; resident \(resident() >> 20) MiB")
        try files.removeAll(FilePath.join(folder, "\(ULID(high: 2 << 40, low: 1))"))
    }

    @Test func importingAndMerging() throws {
        let path = try temporaryFolder()
        defer { try? files.removeAll(path) }
        let first = try build(path + "/a", offset: 0, byTime: false)
        let second = try build(path + "/b", offset: 7000, byTime: true)
        try merge("blocks one after the other", first, path + "/a")
        try merge("blocks over one another", [first[0], second[0]], path + "/a")
        try first[0].delete([Matcher(name: "job", equals: "node")], TimeRange(from: 100_000, through: 200_000))
        try merge("a block with deletions", [first[0]], path + "/a")
    }
}
