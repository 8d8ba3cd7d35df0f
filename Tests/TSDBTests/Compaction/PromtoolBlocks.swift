import Model
import TestKit
import Testing

@testable import TSDB

/// Prometheus's tool reads what we merge.
@Suite struct PromtoolBlocks {
    @Test(arguments: 1...3)
    func mergedBlocksAreReadByPromtool(seed: UInt64) throws {
        guard let peers = Peers() else { return print("SKIPPED: MARTLET_PEERS is not set, promtool has read no merged block") }
        let files = RealFileSystem()
        let path = try temporaryFolder()
        defer { try? files.removeAll(path) }
        var random = SeededRandom(seed)
        var model = MergeModel(&random, count: 4, distance: 1_200_000)
        for at in model.parts.indices {
            model.parts[at].series.append((labels(["text": "e\u{301}ä\"\\"]), [[Sample(time: model.parts[at].minTime, value: .nan)]]))
        }
        let blocks = try model.write(files, path + "/parts")
        // The tool reads no folder without a log.
        try files.makeFolder(path + "/data/wal")
        let meta = try #require(try Compactor.merge(blocks, MergeRequest(ulid: model.ulid, segmentSize: 3000), into: path + "/data", files))
        let dumped = try peers.dump(path + "/data")
        let expected = model.expected(model.range)
        #expect(dumped.count == expected.count, "seed \(seed)")
        for answer in expected {
            let samples = dumped[DumpedSample.text(answer.labels)] ?? []
            #expect(samples.map(\.time) == answer.times && zip(samples, answer.values).allSatisfy { $0.means($1) }, "seed \(seed), \(answer.labels)")
        }
        let list = try peers.promtool(["tsdb", "list", path + "/data"]).split(separator: "\n").last.map { $0.split(separator: " ").map(String.init) }
        #expect(list?.prefix(3).elementsEqual(["\(meta.ulid)", "\(meta.minTime)", "\(meta.maxTime)"]) == true, "\(list ?? [])")
        #expect(list?.dropFirst(4).prefix(3).elementsEqual(["\(meta.stats.samples)", "\(meta.stats.chunks)", "\(meta.stats.series)"]) == true)
        let analysis = try peers.promtool(["tsdb", "analyze", path + "/data", "\(meta.ulid)"])
        #expect(analysis.contains("Total Series: \(meta.stats.series)\n"), "\(analysis)")
    }
}
