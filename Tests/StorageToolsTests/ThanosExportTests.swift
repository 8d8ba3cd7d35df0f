import Chunks
import Model
import StorageTools
import TestKit
import Testing

@testable import TSDB

@Suite("The export to Thanos")
struct ThanosExportTests {
    static let hour: Int64 = 3_600_000

    /// A tier's block of six hours of two series, and what is in it.
    private func folded(_ files: MemoryFileSystem) throws -> Block {
        let builder = try BlockBuilder(folder: "/raw", files: files) { ULID(high: 1, low: UInt64.random(in: 0...UInt64.max)) }
        for (name, step) in [("up", 0.0), ("requests_total", 2.0)] {
            let series = builder.series(Labels([Label(Labels.metricName, name)]))
            for i in 1...Int64(720) { try builder.add(series, i * 30_000, 1 + Double(i) * step) }
        }
        let blocks = try builder.finish().map { try Block.open(path: "/raw/\($0.ulid)", files: files) { _ in } }
        try files.makeLastingFolder("/tier")
        let request = TierRequest(
            ulid: ULID(high: 2, low: 1), tier: .fiveMinutes, start: 0, end: 6 * Self.hour, inputs: [FoldInput(blocks, start: 0, end: 6 * Self.hour)])
        let meta = try TierWriter.write(request, into: "/tier", files)
        return try Block.open(path: "/tier/\(meta.ulid)", files: files) { _ in }
    }

    @Test("a tier's block becomes a whole downsampled block")
    func block() throws {
        let files = MemoryFileSystem()
        let tier = try folded(files)
        let export = ThanosExport(labels: [Label("cluster", "main")], files)
        let name = ULID(high: 3, low: 1)
        let meta = try #require(try export.write(tier, named: name, into: "/out"))
        #expect(meta.stats.samples == 144 && meta.stats.series == 2 && meta.stats.chunks == 2)
        let json = try JSONValue(parsing: try files.read("/out/\(name)/meta.json"))
        #expect(json["stats"]?["numSamples"]?.integer == 144)
        #expect(json["minTime"]?.integer == 0 && json["maxTime"]?.integer == 6 * Self.hour && json["tier"] == nil)
        let thanos = try #require(json["thanos"])
        #expect(thanos["downsample"]?["resolution"]?.integer == 300_000 && thanos["labels"]?["cluster"]?.text == "main")
        #expect(thanos["source"]?.text == "compactor" && thanos["segment_files"]?.elements?.compactMap(\.text) == ["000001"])
        #expect(json["compaction"]?["sources"]?.elements?.count == tier.meta.fold?.sources.count)
        let cursor = try Block.open(path: "/out/\(name)", files: files) { _ in }.chunkCursor(from: .min, through: .max)
        var names: [String] = []
        while try cursor.next() {
            names.append(cursor.labels[Labels.metricName] ?? "")
            #expect(cursor.chunks.map(\.encoding.rawValue) == [0xff])
            #expect(cursor.chunks.map(\.range) == [TimeRange(from: 30_000, through: 6 * Self.hour - 1)])
        }
        #expect(names == ["requests_total", "up"])
    }

    @Test("deleted windows are not exported, and a block without any makes none")
    func deleted() throws {
        let files = MemoryFileSystem()
        let tier = try folded(files)
        _ = try tier.delete([Matcher(name: Labels.metricName, equals: "up")], TimeRange(from: Self.hour, through: 2 * Self.hour))
        let meta = try #require(try ThanosExport(labels: [], files).write(tier, named: ULID(high: 3, low: 1), into: "/out"))
        #expect(meta.stats.samples == 144 - 13)
        _ = try tier.delete([Matcher(.notEqual, Labels.metricName, "")], TimeRange(from: .min, through: .max))
        #expect(try ThanosExport(labels: [], files).write(tier, named: ULID(high: 3, low: 2), into: "/out") == nil)
        #expect(try files.list("/out") == ["\(ULID(high: 3, low: 1))"])
    }
}
