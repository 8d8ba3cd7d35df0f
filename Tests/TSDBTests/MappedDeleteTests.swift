import Model
import TestKit
import Testing

@testable import TSDB

/// Deletes of what is in mapped head chunks, which the files go on holding: random histories against a dictionary.
@Suite struct MappedDeleteTests {
    private let window: Int64 = 100_000
    private func open(_ files: any FileSystem) throws -> Database { try openDatabase(files, window: window) }

    @Test func whatWasDeletedFromMappedChunksStaysDeleted() throws {
        for seed in 1...UInt64(rounds(12)) { try history(seed) }
    }

    private func history(_ seed: UInt64) throws {
        var random = SeededRandom(seed)
        var files = MemoryFileSystem(seed: seed)
        var database = try open(files)
        var expected = ExpectedHead(window: window, reach: HeadOptions().chunkRange / 2)
        var time: Timestamp = 0
        for _ in 0..<60 {
            switch random.below(8) {
            case 0:
                let from = time - Timestamp(random.below(400_000))
                let range = TimeRange(from: from, through: from + Timestamp([0, 5000, 150_000, 500_000][random.below(4)]))
                let value = "\(random.below(3))"
                let removed = try database.head.delete([Matcher(name: "a", equals: value)], range)
                #expect(removed == expected.delete("a", value, range), "seed \(seed)")
            case 1: try database.head.mapFullChunks(database.chunkFiles)
            case 2:
                if random.below(2) == 0 { try database.close() } else { try database.sync() }
                files = files.crash()
                database = try open(files)
            default:
                let samples = (0..<150).map { _ in
                    time += Timestamp(random.below(1000))
                    let late = random.below(10) == 0 ? Timestamp(random.below(80_000)) : 0
                    return (labels: labels(["a": "\(random.below(3))"]), time: time - late, value: Double(random.below(9)))
                }
                var batch = AppendBatch()
                for sample in samples { batch.add(sample.labels, sample.time, sample.value) }
                let outcome = try database.head.append(&batch)
                #expect(outcome == expected.add(samples), "seed \(seed)")
            }
            #expect(try database.head.answers() == expected.answers(), "seed \(seed)")
        }
        try database.close()
        try expectOrderInFiles(files, seed)
    }

    /// Prometheus refuses files in which a series' chunks overlap.
    private func expectOrderInFiles(_ files: MemoryFileSystem, _ seed: UInt64) throws {
        let reader = try HeadChunkFiles("data/chunks_head", files)
        let loaded = try reader.load("data/chunks_head", files)
        #expect(loaded.damage == nil && loaded.count > 0, "seed \(seed)")
        for chunks in loaded.chunks.values {
            #expect(zip(chunks, chunks.dropFirst()).allSatisfy { $0.lastTime < $1.firstTime }, "seed \(seed)")
        }
    }
}
