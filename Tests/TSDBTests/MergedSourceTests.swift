import Model
import TSDB
import TestKit
import Testing

@Suite struct MergedSourceTests {
    func head(_ series: [String: [Sample]]) throws -> Head {
        let head = freeHead()
        for (name, samples) in series.sorted(by: { $0.key < $1.key }) {
            for sample in samples { try head.add(labels(["__name__": name]), (sample.time, sample.value)) }
        }
        return head
    }

    /// Any split of samples over sources, overlaps too, answers like one source that has them all.
    @Test func anySplitAnswersAsTheWhole() throws {
        for seed in 1...100 {
            var random = SeededRandom(UInt64(seed))
            var parts: [[String: [Sample]]] = [[:], [:], [:]]
            var whole: [String: [Sample]] = [:]
            for name in ["a", "b", "c", "d"] {
                for time in 0..<random.below(30) where random.below(4) > 0 {
                    let sample = Sample(time: Timestamp(time), value: Double(time))
                    whole[name, default: []].append(sample)
                    let home = random.below(3)
                    for part in 0..<3 where part == home || random.below(3) == 0 { parts[part][name, default: []].append(sample) }
                }
            }
            let sources = try parts.map(head)
            let merged = MergedSource(sources[0]) { Array(sources.dropFirst()) }
            #expect(try merged.answers() == head(whole).answers(), "seed \(seed)")
            let everything = Selection(matchers: [], from: .min, through: .max)
            #expect(try merged.labelValues("__name__", everything) == whole.keys.sorted(), "seed \(seed)")
            #expect(try merged.labelNames(everything) == (whole.isEmpty ? [] : ["__name__"]), "seed \(seed)")
        }
    }
}
