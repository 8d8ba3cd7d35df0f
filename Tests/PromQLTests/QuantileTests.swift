import TestKit
import Testing

@testable import PromQL

@Suite struct QuantileTests {
    /// Few and many values, equals, infinities, NaN, and orders that selection does not like.
    @Test(arguments: 1...60)
    func asOfSortedValues(_ seed: Int) {
        var random = SeededRandom(UInt64(seed))
        for count in [1, 2, 3, 12, 13, 14, 15, 40, 333, 2000] {
            var values = (0..<count).map { _ in Double(random.below(seed % 4 == 0 ? 3 : 1000)) - 500 }
            switch seed % 6 {
            case 1: values.sort()
            case 2: values.sort(by: >)
            case 3: values = (0..<count).map { Double(min($0, count - $0)) }
            case 4: for _ in 0..<3 { values[random.below(count)] = [.nan, .infinity, -.infinity][random.below(3)] }
            default: break
            }
            let sorted = values.sorted { a, b in a.isNaN ? !b.isNaN : a < b }
            for phi in [0, 0.001, 0.25, 0.5, 0.9, 0.999, 1, Double(random.below(1000)) / 1000] {
                let rank = phi * Double(count - 1)
                let lower = Int(rank)
                let weight = rank - rank.rounded(.down)
                let expected = sorted[lower] * (1 - weight) + sorted[min(lower + 1, count - 1)] * weight
                var shuffled = values
                let found = Quantile.of(&shuffled, phi)
                #expect(found == expected || (found.isNaN && expected.isNaN), "seed \(seed), \(count) values, φ = \(phi)")
            }
        }
    }
}
