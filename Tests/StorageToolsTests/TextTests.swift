import Model
import TSDB
import Testing

@testable import StorageTools

/// The forms that promtool prints.
struct TextTests {
    @Test(arguments: [
        (0, "0s"), (15, "15ms"), (30_001, "30.001s"), (2_699_500, "44m59.5s"), (7_200_000, "2h0m0s"), (86_400_000, "24h0m0s"), (-1500, "-1.5s"),
    ])
    func durations(milliseconds: Int64, text: String) { #expect(GoForms.duration(milliseconds: milliseconds) == text) }

    @Test(arguments: [(0, "0B"), (796, "796B"), (1 << 20, "1MiB"), (1_572_865, "1MiB512KiB1B")])
    func sizes(bytes: Int, text: String) { #expect(GoForms.size(bytes) == text) }

    @Test func times() {
        #expect(GoForms.time(1_700_000_030_001) == "2023-11-14 22:13:50 +0000 UTC")
        #expect(GoForms.time(0) == "1970-01-01 00:00:00 +0000 UTC")
    }

    @Test func table() throws {
        var meta = BlockMeta(ulid: try #require(ULID("01M85WQ1PW4X8RDE39S05AYX7G")), minTime: 1_700_000_000_000, maxTime: 1_700_000_030_001)
        meta.stats.samples = 4
        meta.stats.chunks = 2
        meta.stats.series = 2
        #expect(
            BlockTable.lines([(meta, 796)], readable: false) == [
                "BLOCK ULID                  MIN TIME       MAX TIME       DURATION     NUM SAMPLES  NUM CHUNKS   NUM SERIES   SIZE",
                "01M85WQ1PW4X8RDE39S05AYX7G  1700000000000  1700000030001  30.001s      4            2            2            796",
            ])
        #expect(
            BlockTable.lines([(meta, 796)], readable: true).last
                == "01M85WQ1PW4X8RDE39S05AYX7G  2023-11-14 22:13:20 +0000 UTC  2023-11-14 22:13:50 +0000 UTC  30.001s      4            2            2            796B"
        )
    }

    @Test func figures() {
        #expect(ChunkFigures().lines("samples per histogram chunk", of: 0) == ["samples per histogram chunk: N/A", ""])
        let bar = String(repeating: "#", count: 100)
        #expect(
            ChunkFigures(all: [1, 1]).lines("samples per float chunk", of: 2) == [
                "samples per float chunk (min/avg/max): 1/1/1", "[ 1, 10]: 2 \(bar)", "[11, 20]: 0 ", "",
            ])
    }
}
