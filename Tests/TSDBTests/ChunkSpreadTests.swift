import Model
import TestKit
import Testing

@testable import TSDB

@Suite("Ends of chunks") struct ChunkSpreadTests {
    private static let series = 500

    /// How many chunks begin with each of the samples that all series get, one every `step` milliseconds.
    private func beginnings(_ head: Head, from start: Timestamp, step: Int64, samples: Int) throws -> [Int] {
        var batch = AppendBatch()
        var references: [SeriesRef] = []
        var began: [Int] = []
        for at in 0..<samples {
            let before = head.stats.chunks
            batch.removeAll()
            let time = start + Int64(at) * step
            for i in 0..<Self.series {
                if at == 0 { batch.add(labels(["i": "\(i)"]), time, 0) } else { batch.add(references[i], time, Double(at % 7)) }
            }
            _ = try head.append(&batch)
            if at == 0 { references = (0..<Self.series).compactMap { batch.reference(ofNew: $0) } }
            began.append(head.stats.chunks - before)
        }
        return began
    }

    @Test("series that begin together fill their chunks at different times where a range has many")
    func areSpread() throws {
        let began = try beginnings(freeHead(), from: 6_000_000, step: 1000, samples: 900)
        // All at once would be 500.
        let most = began[1...].max() ?? 0
        #expect(most < Self.series / 10, "\(most) chunks begin with one sample")
        let sum = began.reduce(0, +)
        #expect((Self.series * 7...Self.series * 9).contains(sum), "\(sum) chunks")
    }

    @Test("where a range has few, no series has a chunk more than it needs")
    func fewAreNotSpread() throws {
        let began = try beginnings(freeHead(), from: 0, step: 15_000, samples: 480)
        #expect(began.reduce(0, +) == Self.series * 4)
    }

    @Test("a block has its samples in as few chunks as they need")
    func blocksHaveFullChunks() throws {
        let clock = TurnedClock(3 * 7_200_000)
        let database = try Database.open(path: "data", options: DatabaseOptions(), files: MemoryFileSystem(), clock: clock, report: { _ in })
        _ = try beginnings(database.head, from: 7_200_000, step: 1000, samples: 600)
        clock.set(4 * 7_200_000)
        try database.head.add(labels(["i": "later"]), (clock.now(), 1))
        database.maintain()
        let block = try #require(database.blocks.first)
        #expect(block.stats.samples == Self.series * 600)
        #expect(block.stats.chunks == Self.series * 5)
    }

    @Test("chunks that grow slowly are moved together behind those that have grown; queries and appends do not notice")
    func slowOnesAreMovedTogether() throws {
        let head = freeHead()
        let count = 4000
        var batch = AppendBatch()
        var references: [SeriesRef] = []
        for at in 0..<24 {
            batch.removeAll()
            for i in 0..<count {
                // One in four repeats its value, the others need all bits.
                let value = i % 4 == 0 ? 1 : Double(at * 7919 + i) / 7001
                let time = Timestamp(at) * 15_000
                if at == 0 { batch.add(labels(["i": "\(i)"]), time, value) } else { batch.add(references[i], time, value) }
            }
            _ = try head.append(&batch)
            if at == 0 { references = (0..<count).compactMap { batch.reference(ofNew: $0) } }
        }
        let before = try head.answers()
        let pages = head.reclaimer.memory.byteCount
        do {
            let reading = try head.select(Selection(matchers: [], from: .min, through: .max))
            head.moveChunksTogether()
            #expect(try head.answers() == before)
            for i in 0..<count { _ = try head.add(labels(["i": "\(i)"]), (24 * 15_000, 2)) }
            let column = SampleColumn()
            for i in 0..<reading.count {
                column.removeAll()
                try reading.read(i, from: .min, through: .max, into: column)
                #expect(column.count == 24)
            }
        }
        // What the query was still reading is free now.
        #expect(head.reclaimer.memory.byteCount < pages)
    }
}
