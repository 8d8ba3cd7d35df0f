import Model
import TSDB
import TestKit
import Testing

/// A start takes records in in another order than they were written wherever that makes no difference, and fills the postings in rows.
@Suite struct ReplayOrderTests {
    /// Targets that have some series in common, with labels of changing names, are scraped in turn, and some series come and go.
    @Test func whatIsReadBackIsWhatWasThere() throws {
        for seed in 1...rounds(6) {
            var random = SeededRandom(UInt64(seed))
            let files = MemoryFileSystem()
            var options = DatabaseOptions()
            options.walSegmentSize = 64 << 10
            var database: Database? = try openDatabase(files, options)
            let targets = (0..<12).map { target in (0..<1 + random.below(300)).map { series(target, $0, &random) } }
            for time in 1...24 as ClosedRange<Timestamp> {
                for target in targets.indices where random.below(8) > 0 {
                    var batch = AppendBatch()
                    let now = time * 1000 + Timestamp(target)
                    for labels in targets[target] where random.below(12) > 0 { batch.add(labels, now, Double(random.below(1000))) }
                    _ = try database?.head.append(&batch)
                }
            }
            let matchers: [[Matcher]] = [
                [], [Matcher(name: "target", equals: "3")], [Matcher(name: "part", equals: "1")],
                [Matcher(name: "__name__", equals: "m2"), Matcher(name: "target", equals: "")],
            ]
            let before = try matchers.map { try database?.source.answers($0) }
            #expect(before.allSatisfy { $0?.isEmpty == false }, "seed \(seed)")
            database = nil
            let after = try openDatabase(files, options)
            #expect(try matchers.map { try after.source.answers($0) } == before, "seed \(seed)")
        }
    }

    private func series(_ target: Int, _ number: Int, _ random: inout SeededRandom) -> Labels {
        var pairs = [(name: "__name__", value: "m\(number % 5)"), (name: "part", value: "\(number / 5)")]
        // Without a target it is the same series for all.
        if random.below(4) > 0 { pairs.append((name: "target", value: "\(target)")) }
        if random.below(3) == 0 { pairs.append((name: "also", value: "\(random.below(3))")) }
        return Labels(pairs)
    }
}
