import Model
@testable import TSDB
import TestKit
import Testing

@Suite struct BlockMetaTests {
    private let text = """
        {
        \t"ulid": "01BKGV7JBM69T2G1BGBGM6KB12",
        \t"minTime": 1602237600000,
        \t"maxTime": 1602244800000,
        \t"stats": {
        \t\t"numSamples": 553673232,
        \t\t"numFloatSamples": 553673000,
        \t\t"numHistogramSamples": 232,
        \t\t"numSeries": 1346066,
        \t\t"numChunks": 4440437
        \t},
        \t"compaction": {
        \t\t"level": 2,
        \t\t"sources": [
        \t\t\t"01BKGTZQ1SYQJTR4PB43C8PD98",
        \t\t\t"01BKGV7JBM69T2G1BGBGM6KB12"
        \t\t],
        \t\t"parents": [
        \t\t\t{
        \t\t\t\t"ulid": "01BKGTZQ1SYQJTR4PB43C8PD98",
        \t\t\t\t"minTime": -1,
        \t\t\t\t"maxTime": 1602241200000
        \t\t\t}
        \t\t],
        \t\t"hints": [
        \t\t\t"from-out-of-order"
        \t\t]
        \t},
        \t"version": 1
        }

        """

    private func read(_ text: [UInt8]) throws -> BlockMeta {
        let files = MemoryFileSystem()
        try files.makeFolder("block")
        files.setContents("block/meta.json", text)
        return try BlockMeta.read("block", files)
    }

    @Test func theFileIsReadAndWrittenAlike() throws {
        let meta = try read(Array(text.utf8))
        #expect(meta.ulid.description == "01BKGV7JBM69T2G1BGBGM6KB12" && meta.minTime == 1_602_237_600_000 && meta.maxTime == 1_602_244_800_000)
        #expect(meta.stats.samples == 553_673_232 && meta.stats.histogramSamples == 232 && meta.stats.tombstones == 0)
        #expect(meta.compaction.level == 2 && meta.compaction.sources.count == 2 && meta.compaction.parents.first?.minTime == -1)
        #expect(meta.compaction.hints == [BlockMeta.Compaction.fromOutOfOrder] && !meta.compaction.failed && !meta.compaction.deletable)
        let files = MemoryFileSystem()
        try files.makeLastingFolder("block")
        try meta.write("block", files)
        // Behind what others read lies a checksum of it.
        let written = String(decoding: files.contents("block/meta.json"), as: UTF8.self).split(separator: ",\n\t\"checksum\": ")
        #expect(written.count == 2 && written[0] + "\n}\n" == text)
        #expect(try files.list("block") == ["meta.json"])
        #expect(try BlockMeta.read("block", files.crash()) == meta)
    }

    /// Queries look for histograms in all blocks but those that say, and without contradiction, that they have none.
    @Test(arguments: [
        (samples: 10, floats: 10, histograms: 0, isOnlyFloats: true), (10, 7, 3, false), (10, 0, 10, false), (10, 0, 0, false), (0, 0, 0, false),
        (10, 10, 2, false),
    ])
    func kindsOfSamples(samples: Int, floats: Int, histograms: Int, isOnlyFloats: Bool) {
        var stats = BlockMeta.Stats()
        (stats.samples, stats.floatSamples, stats.histogramSamples) = (samples, floats, histograms)
        #expect(stats.tellsOfFloatsOnly == isOnlyFloats)
    }

    /// One in a hint could make a block of late data a plain one, behind whose end the log would not be read.
    @Test func everyChangedBitIsDamageOrChangesNothing() throws {
        let files = MemoryFileSystem()
        try files.makeLastingFolder("block")
        let meta = try read(Array(text.utf8))
        try meta.write("block", files)
        let written = files.contents("block/meta.json")
        var harmless: [String] = []
        for bit in 0..<written.count * 8 {
            var bytes = written
            bytes[bit / 8] ^= 1 << (bit % 8)
            guard let found = try? read(bytes) else { continue }
            #expect(found == meta, "bit \(bit)")
            harmless.append(String(decoding: bytes, as: UTF8.self))
        }
        // Space that stays space, and the checksum's own name.
        let name = written.count { $0 == 0x20 || $0 == 0x09 || $0 == 0x0a } * 8 + "checksum".count * 8
        #expect(harmless.count < name)
    }

    /// A changed bit in the file's own name for the block must not lead to another folder, or to none.
    @Test func aBlockGoesByTheNameOfItsFolder() throws {
        let files = MemoryFileSystem()
        let folder = "data/01BKGV7JBM69T2G1BGBGM6KB13"
        try files.makeLastingFolder(folder)
        try read(Array(text.utf8)).write(folder, files)
        #expect(try BlockMeta.read(folder, files).ulid.description == "01BKGV7JBM69T2G1BGBGM6KB13")
    }

    @Test func membersOfOthersAreIgnored() throws {
        let other = #"{"thanos":{"labels":{"a":[1.5]}},"ulid":"01BKGV7JBM69T2G1BGBGM6KB12","minTime":1,"maxTime":2,"version":1}"#
        let meta = try read(Array(other.utf8))
        #expect(meta.minTime == 1 && meta.stats == BlockMeta.Stats() && meta.compaction.level == 1)
    }

    @Test(arguments: [
        ("{", "name is expected"), ("[]", "object"), ("{}", "version"), (#"{"version":2}"#, "version 2"), (#"{"version":1,"minTime":1}"#, "maxTime"),
        (#"{"version":1,"minTime":3,"maxTime":2,"ulid":"01BKGV7JBM69T2G1BGBGM6KB12"}"#, "behind"),
        (#"{"version":1,"minTime":1.5,"maxTime":2}"#, "minTime"), (#"{"version":1,"minTime":1,"maxTime":2,"ulid":"x"}"#, "ULID"),
    ])
    func whatIsWrongIsTold(_ text: String, _ reason: String) {
        do {
            _ = try read(Array(text.utf8))
            Issue.record("\(text) was read")
        } catch {
            #expect("\(error)".contains("block/meta.json") && "\(error)".contains(reason), "\(error)")
        }
    }

    @Test func mutatedFilesAreReadOrRefused() {
        var random = SeededRandom(7)
        let signs = Array("{}[]\",:0-9eE+.\\u tfn".utf8)
        let tier =
            #"{"ulid":"01BKGV7JBM69T2G1BGBGM6KB12","minTime":1,"maxTime":7200001,"version":1,"#
            + #""tier":{"resolution":300000,"version":1,"sources":["01BKGV7JBM69T2G1BGBGM6KB12"]}}"#
        for round in 0..<mutationRounds(usual: 3000) {
            var bytes = Array((round % 2 == 0 ? text : tier).utf8)
            for _ in 0...random.below(3) {
                let at = random.below(bytes.count)
                switch random.below(3) {
                case 0: bytes[at] = signs[random.below(signs.count)]
                case 1: bytes[at] = UInt8(random.below(256))
                default: bytes.removeSubrange(at..<min(bytes.count, at + random.below(20)))
                }
            }
            do {
                let meta = try read(bytes)
                if meta.fold != nil { #expect(meta.stretch.start % Tier.seam == 0 && meta.stretch.end % Tier.seam == 0) }
            } catch {
                #expect(error is StorageError)
            }
        }
    }
}
