import Model
import Testing

@testable import TSDB

/// Which blocks are merged next. Times are in hours; `!` before a range marks a failed block, `~` one of late samples, `≈` one of stale series, `x` after it one with many deletions.
@Suite struct PlanTests {
    private struct Case {
        let blocks: String
        let merged: String
        var ranges: [Int64] = [2, 6, 18]

        init(_ blocks: String, _ merged: String, ranges: [Int64] = [2, 6, 18]) {
            self.blocks = blocks
            self.merged = merged
            self.ranges = ranges
        }
    }

    private func metas(_ text: String) -> [(name: String, meta: BlockMeta)] {
        text.split(separator: " ").enumerated().map { number, name in
            let times = name.drop { "!~≈".contains($0) }.prefix { $0 != "x" }.split(separator: "…").compactMap { Int64($0) }
            var meta = BlockMeta(ulid: ULID(high: 1, low: UInt64(number)), minTime: times.first ?? 0, maxTime: times.last ?? 0)
            meta.compaction.failed = name.hasPrefix("!")
            if name.hasPrefix("≈") { meta.compaction.hints = BlockMeta.Compaction.ofStaleSeries }
            if name.hasPrefix("~") { meta.compaction.hints = [BlockMeta.Compaction.fromOutOfOrder] }
            meta.stats.series = 100
            meta.stats.tombstones = name.hasSuffix("xx") ? 100 : name.hasSuffix("x") ? 6 : 5
            return (String(name), meta)
        }
    }

    @Test func blocksAreChosenAsInATable() {
        let cases = [
            Case("", ""),
            Case("0…2", ""),
            Case("0…2 2…4 4…6", ""),
            // A range is full, and a younger block is there.
            Case("0…2 2…4 4…6 6…8", "0…2 2…4 4…6"),
            Case("4…6 6…8 2…4 0…2", "0…2 2…4 4…6"),
            // With a gap in it.
            Case("0…2 4…6 6…8", "0…2 4…6"),
            // Not full yet.
            Case("0…2 2…4 6…8", ""),
            // Not full, but younger blocks than it have settled.
            Case("0…2 2…4 6…8 8…10", "0…2 2…4"),
            Case("0…6 6…12 12…18 18…20", "0…6 6…12 12…18"),
            Case("0…6 6…8 8…10 10…12 12…14", "6…8 8…10 10…12"),
            Case("0…6 6…12 12…18 18…24", "0…6 6…12 12…18"),
            Case("0…6 6…12 12…18 18…24", "", ranges: [2, 6]),
            Case("0…2 2…4 4…6 6…8", "", ranges: [2]),
            // Across a border of ranges nothing is merged.
            Case("5…7 7…9 9…11 11…13 13…15", "7…9 9…11"),
            Case("-6…-4 -4…-2 -2…0 0…2", "-6…-4 -4…-2 -2…0"),
            // Failed blocks are left alone.
            Case("0…2 !2…4 4…6 6…8 8…10 10…12 12…14", "6…8 8…10 10…12"),
            // Late samples of a time that the head still has stay apart.
            Case("0…2 2…4 ~4…6 ~6…8", ""),
            Case("0…2 2…4 ~4…6 6…8 8…10", "0…2 2…4 ~4…6"),
            Case("~0…2 ~2…4 ~4…6 ~6…8", "~0…2 ~2…4 ~4…6"),
            // Stale series are not merged with each other either before the head has come there, unless they are many.
            Case("0…2 2…4 ≈4…6 ≈4…6 ≈4…6", ""),
            Case("0…2 ≈2…4 2…4 ≈2…4 4…6", "≈2…4 2…4 ≈2…4"),
            Case("0…2 2…4 ≈4…6 ~4…6", "≈4…6 ~4…6"),
            Case("0…2" + String(repeating: " ≈2…4", count: 11), String(repeating: " ≈2…4", count: 11)),
            // Overlaps come first, even those of the youngest block.
            Case("0…2 2…4 4…6 6…8 7…9", "6…8 7…9"),
            Case("0…6 1…2 3…5 6…8", "0…6 1…2 3…5"),
            Case("0…2 1…3 2…5 5…7", "0…2 1…3 2…5"),
            Case("0…2 1…3 4…6 5…7", "0…2 1…3"),
            // Much was deleted: only from blocks long enough.
            Case("0…6x 6…12 12…14", "0…6x"),
            Case("0…6 6…12 12…14", ""),
            Case("6…8x 8…10", ""),
            Case("6…8xx 8…10", "6…8xx"),
            Case("0…6x 6…12x", "0…6x"),
        ]
        for test in cases {
            let all = metas(test.blocks)
            let chosen = CompactionPlan.next(all.map(\.meta), ranges: test.ranges) ?? []
            let names = all.filter { chosen.contains($0.meta.ulid) }.map(\.name)
            #expect(Set(names) == Set(test.merged.split(separator: " ").map(String.init)), "\(test.blocks)")
        }
    }

    @Test func rangesGrowByThree() {
        #expect(CompactionPlan.ranges(shortest: 2, longest: 1) == [2])
        #expect(CompactionPlan.ranges(shortest: 2, longest: 17) == [2, 6])
        #expect(CompactionPlan.ranges(shortest: 2, longest: 18) == [2, 6, 18])
        #expect(CompactionPlan.ranges(shortest: 2, longest: 31 * 24) == [2, 6, 18, 54, 162, 486])
    }
}
