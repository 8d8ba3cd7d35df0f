import TestKit
import Testing

@testable import TSDB

@Suite struct DeparturesTests {
    @Test(arguments: UInt64(1)...5) func theyAreRememberedAsLongAsTheirSegmentIsThere(seed: UInt64) {
        var random = SeededRandom(seed)
        let departures = Departures()
        var known: [UInt64: Int] = [:]
        var segment = 0
        departures.currentSegment = { segment }
        var left = Set(UInt64(0)..<400)
        left.insert(.max >> 1)
        while !left.isEmpty {
            let leaving = left.filter { _ in random.below(5) == 0 }
            departures.note(Array(leaving))
            for reference in leaving { known[reference] = segment }
            left.subtract(leaving)
            segment += random.below(3)
            let gone = segment - 4
            departures.forget(through: gone)
            known = known.filter { $0.value > gone }
            let behind = segment - random.below(5)
            for reference in UInt64(0)..<402 {
                #expect(departures.isMentioned(reference, behind: behind) == (known[reference].map { $0 > behind } ?? false), "seed \(seed)")
            }
        }
    }
}
