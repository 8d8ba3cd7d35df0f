import Model
import TestKit
import Testing

@testable import TSDB

/// What our writer makes of what our reader gives.
@Suite struct RewrittenBlocks {
    private func randomBlock(_ random: inout SeededRandom) -> PlainBlock {
        var block = PlainBlock()
        for i in 0..<(1 + random.below(60)) where random.below(4) > 0 {
            var time = Timestamp(random.below(200_000))
            let chunks = (0..<(1 + random.below(4))).map { _ in
                (0..<(1 + random.below(150))).map { n in
                    time += Timestamp(1 + random.below(1000))
                    return Sample(time: time, value: Double(n * random.below(3)))
                }
            }
            block.series.append((labels(["__name__": "m\(i % 3)", "i": "\(i)", "e\u{301}": "\(i % 2)"]), chunks))
        }
        return block
    }

    @Test(arguments: 1...12)
    func aBlockIsWrittenAgainAsItWas(seed: UInt64) throws {
        var random = SeededRandom(seed)
        let files = MemoryFileSystem(seed: seed)
        let plain = randomBlock(&random)
        try plain.write("block", files)
        let block = try openBlock(files)
        #expect(block.verify() == [], "seed \(seed)")
        // Segments so small that there are several.
        let request = BlockRequest(ulid: ULID(high: 2, low: seed), minTime: 0, maxTime: plain.maxTime, segmentSize: 3000)
        let cursor = try block.chunkCursor(from: .min, through: .max)
        guard let meta = try BlockWriter.write([cursor], request, into: ".", files) else {
            #expect(plain.series.isEmpty, "seed \(seed)")
            return
        }
        let again = try openBlock(files.crash(), "./\(request.ulid)")
        #expect(again.meta == meta && again.meta.stats == block.meta.stats, "seed \(seed)")
        #expect(again.verify() == [], "seed \(seed)")
        #expect(try again.answers() == block.answers(), "seed \(seed)")
        #expect(files.contents("./\(request.ulid)/index").count == files.contents("block/index").count || again.segments.files.count > 1)
    }

    @Test(arguments: 1...8)
    func deletedSamplesAreLeftOut(seed: UInt64) throws {
        var random = SeededRandom(seed)
        let files = MemoryFileSystem(seed: seed)
        let plain = randomBlock(&random)
        try plain.write("block", files)
        let block = try openBlock(files)
        for _ in 0..<3 {
            let from = Timestamp(random.below(300_000))
            try block.delete([Matcher(.matches, "i", "[0-3].?")], TimeRange(from: from, through: from + Timestamp(random.below(100_000))))
        }
        let request = BlockRequest(ulid: ULID(high: 2, low: seed), minTime: 0, maxTime: plain.maxTime)
        let cursor = try block.chunkCursor(from: .min, through: .max)
        guard try BlockWriter.write([cursor], request, into: ".", files) != nil else { return }
        let again = try openBlock(files, "./\(request.ulid)")
        #expect(again.verify() == [] && again.tombstones.isEmpty, "seed \(seed)")
        #expect(try again.answers() == block.answers(), "seed \(seed)")
        let all = Selection(matchers: [], from: .min, through: .max)
        #expect(try again.labelNames(all) == block.labelNames(all) && again.labelValues("i", all) == block.labelValues("i", all), "seed \(seed)")
    }
}
