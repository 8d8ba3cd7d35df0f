import Chunks
import Glibc
import Model
import TestKit
import Testing

@testable import TSDB

/// Blocks that Prometheus's tool has made: what it dumps from them is what we answer.
@Suite struct PrometheusBlocks {
    @Test func blocksOfPrometheusAreRead() throws {
        guard let peers = Peers() else { return print("SKIPPED: MARTLET_PEERS is not set, no block of Prometheus was read") }
        let files = RealFileSystem()
        let path = try temporaryFolder()
        defer { try? files.removeAll(path) }
        try files.open(path + "/page", .create).append(Array(page(hours: 7).utf8))
        _ = try peers.promtool(["tsdb", "create-blocks-from", "openmetrics", path + "/page", path + "/data"])
        // The tool reads no folder without a log.
        try files.makeFolder(path + "/data/wal")
        let damages = Damages()
        let blocks = try files.list(path + "/data").filter { ULID($0) != nil }.map { try openBlock(files, path + "/data/" + $0, damages) }
        #expect(blocks.count >= 4)
        for block in blocks {
            #expect(block.verify() == [])
            #expect(FilePath.name(block.path) == block.meta.ulid.description)
        }
        try compare(blocks, try peers.dump(path + "/data"))
        // What we delete is deleted for Prometheus too.
        for block in blocks {
            try block.delete([Matcher(.matches, "instance", "a|b")], TimeRange(from: 3_600_000, through: 9_000_000))
            #expect(block.verify() == [])
        }
        try compare(blocks, try peers.dump(path + "/data"))
        #expect(damages.count == 0)
    }

    /// A block as a running server writes it, with native histograms.
    @Test func aSnapshotOfARunningPrometheusIsRead() throws {
        guard let peers = Peers() else { return print("SKIPPED: MARTLET_PEERS is not set, no snapshot of Prometheus was read") }
        let files = RealFileSystem()
        let path = try temporaryFolder()
        defer { try? files.removeAll(path) }
        let flags = ["--web.enable-admin-api", "--enable-feature=native-histograms"]
        try peers.runPrometheus(in: path, flags: flags) { port in
            // Some scrapes, once it is up.
            for _ in 0..<300 where !peers.takeSnapshot(port) { usleep(100_000) }
            usleep(6_000_000)
            #expect(peers.takeSnapshot(port))
        }
        let snapshots = path + "/theirs/snapshots/"
        let folder = snapshots + (try #require(try files.list(snapshots).last))
        let name = try #require(try files.list(folder).first { ULID($0) != nil })
        let block = try openBlock(files, folder + "/" + name)
        #expect(block.verify() == [])
        let cursor = try block.chunkCursor(from: .min, through: .max)
        var encodings: Set<ChunkEncoding> = []
        while try cursor.next() { encodings.formUnion(cursor.chunks.map(\.encoding)) }
        #expect(encodings.contains(.histogram) && encodings.contains(.xor))
        try files.makeFolder(folder + "/wal")
        try compare([block], try peers.dump(folder))
        #expect(try dumpable(block) == (try lines(peers, folder)))
        let middle = (block.meta.minTime + block.meta.maxTime) / 2
        try block.delete([Matcher(.matches, "__name__", ".*_seconds")], TimeRange(from: block.meta.minTime, through: middle))
        try compare([block], try peers.dump(folder))
        #expect(try dumpable(block) == (try lines(peers, folder)))
    }

    private func lines(_ peers: Peers, _ folder: String) throws -> Int {
        try peers.promtool(["tsdb", "dump", folder]).split(separator: "\n").count
    }

    /// Floats and histograms, but for the first two histograms of each series: the tool swallows them while it looks for other kinds of samples.
    private func dumpable(_ block: Block) throws -> Int {
        let set = try #require(try block.select(Selection(matchers: [], from: .min, through: .max)) as? BlockSeriesSet)
        let floats = SampleColumn()
        let histograms = HistogramColumn()
        var count = 0
        for index in 0..<set.count {
            floats.removeAll()
            histograms.removeAll()
            try set.read(index, from: .min, through: .max, into: floats)
            try set.readHistograms(index, from: .min, through: .max, into: histograms)
            count += floats.count + max(0, histograms.count - 2)
        }
        return count
    }

    private func compare(_ blocks: [Block], _ expected: [Substring: [DumpedSample]]) throws {
        var samples: [Substring: [(Timestamp, UInt64)]] = [:]
        for block in blocks.sorted(by: { $0.meta.minTime < $1.meta.minTime }) {
            for answer in try block.answers() where !answer.times.isEmpty {
                samples[DumpedSample.text(answer.labels), default: []] += zip(answer.times, answer.values)
            }
        }
        #expect(samples.count == expected.count && samples.count > 50)
        for (series, ours) in samples {
            let theirs = expected[series] ?? []
            #expect(theirs.map(\.time) == ours.map(\.0), "\(series)")
            #expect(zip(theirs, ours).allSatisfy { $0.means($1.1) }, "\(series)")
        }
    }

    /// Samples every 15 s, and some series that begin late, end early, or jump.
    private func page(hours: Int) -> String {
        var random = SeededRandom(3)
        var lines: [String] = []
        for metric in ["requests", "load", "size"] {
            lines.append("# TYPE \(metric) gauge")
            for series in 0..<24 {
                let first = random.below(4) == 0 ? random.below(hours * 3600) : 0
                for second in stride(from: first, to: hours * 3600, by: 15) where random.below(50) > 0 {
                    let value = ["load": "\(Double(random.below(1000)) / 8)", "size": "1e\(random.below(300))"][metric] ?? "\(second)"
                    let text = random.below(200) == 0 ? ["NaN", "+Inf", "-Inf", "-0"][random.below(4)] : value
                    let instance = String(UnicodeScalar(UInt8(ascii: "a") + UInt8(series % 8)))
                    lines.append("\(metric){instance=\"\(instance)\",path=\"/ä\\\"\\\\/\(series)\"} \(text) \(second)")
                }
            }
        }
        return lines.joined(separator: "\n") + "\n# EOF\n"
    }
}
