import TSDB
import Testing

@testable import StorageTools

/// Blocks in columns.
struct BlockTableTests {
    private func block(_ name: String, tier: Tier? = nil, samples: Int) throws -> (meta: BlockMeta, bytes: Int) {
        var meta = BlockMeta(ulid: try #require(ULID(name)), minTime: 1_700_000_000_000, maxTime: 1_700_007_200_000)
        meta.stats.samples = samples
        meta.stats.series = 2
        meta.stats.chunks = 3
        if let tier { meta.fold = BlockMeta.Fold(tier) }
        return (meta, 1_048_577)
    }

    @Test("blocks of samples alone are shown as promtool shows them")
    func raw() throws {
        let lines = BlockTable.lines([try block("01M85WQ1PW4X8RDE39S05AYX7G", samples: 480)], readable: false)
        #expect(
            lines == [
                "BLOCK ULID                  MIN TIME       MAX TIME       DURATION     NUM SAMPLES  NUM CHUNKS   NUM SERIES   SIZE",
                "01M85WQ1PW4X8RDE39S05AYX7G  1700000000000  1700007200000  2h0m0s       480          3            2            1048577",
            ])
    }

    @Test("with blocks of tiers each says which it is of")
    func tiers() throws {
        let blocks = [
            try block("01M85WQ1PW4X8RDE39S05AYX7G", samples: 480), try block("01M85WQ1PW4X8RDE39S05AYX7H", tier: .fiveMinutes, samples: 48),
            try block("01M85WQ1PW4X8RDE39S05AYX7J", tier: .hour, samples: 4),
        ]
        let lines = BlockTable.lines(blocks, readable: true)
        #expect(lines.map { $0.split(separator: " ").last.map(String.init) } == ["TIER", "raw", "5m", "1h"])
        #expect(lines.map { $0.contains("1MiB1B  ") } == [false, true, true, true])
    }
}
