import Model
import TestKit

/// Makes pages up.
public struct PageMaker {
    private var random: SeededRandom
    /// Only what text can say too.
    private let isPlain: Bool

    public init(seed: UInt64, isPlain: Bool) {
        random = SeededRandom(seed)
        self.isPlain = isPlain
    }

    /// Families with names of their own.
    public mutating func page() -> MadePage {
        let kinds: [MadePage.Kind] = isPlain ? [.counter, .gauge, .summary, .untyped, .histogram] : MadePage.Kind.allCases
        return MadePage(
            (0..<random.below(6)).map { number in
                let kind = kinds[random.below(kinds.count)]
                let unit = random.below(4) == 0 && !isPlain ? "seconds" : ""
                let help = ["", "Help.", "With \\ and \n."][random.below(3)]
                let name = "m\(number)_\(kind)" + (unit.isEmpty ? "" : "_\(unit)")
                return MadePage.Family(name, kind, help: help, unit: unit, (0..<random.below(4)).map { metric(kind, $0) })
            })
    }

    private mutating func metric(_ kind: MadePage.Kind, _ number: Int) -> MadePage.Metric {
        var metric = MadePage.Metric()
        metric.labels = random.below(3) == 0 ? [] : [("b", "\(number)"), ("a", ["", "é", "q\"\\\n", "x y"][random.below(4)])]
        if metric.labels.isEmpty, number > 0 { metric.labels = [("n", "\(number)")] }
        if random.below(6) == 0 { metric.time = 1 + Int64(random.below(900)) }
        metric.value = value()
        (metric.count, metric.sum) = (UInt64(random.below(1000)), value())
        if random.below(4) == 0 { metric.created = Int64(random.below(1000)) }
        switch kind {
        case .summary: metric.points = (0..<random.below(3)).map { MadePage.Point([0.5, 0.9, 0.99][$0], value()) }
        case .histogram, .gaugeHistogram: addBuckets(to: &metric)
        case .counter where random.below(2) == 0: metric.exemplars = [exemplar()]
        default: break
        }
        return metric
    }

    private mutating func addBuckets(to metric: inout MadePage.Metric) {
        var total = 0.0
        metric.points = (0..<random.below(5)).map { number in
            total += Double(random.below(10))
            return MadePage.Point(Double(number) / 2 - 0.5, total, random.below(4) == 0 ? exemplar() : nil)
        }
        metric.count = UInt64(total) + UInt64(random.below(4))
        if random.below(2) == 0 { metric.points.append(MadePage.Point(.infinity, Double(metric.count))) }
        guard !isPlain, random.below(2) == 0 else { return }
        metric.native = native()
        metric.exemplars = (0..<random.below(3)).map { _ in exemplar() }
    }

    private mutating func native() -> NativeHistogram {
        var (indices, counts): ([Int32], [Int64]) = ([], [])
        for index in -4..<8 where random.below(3) == 0 {
            indices.append(Int32(index))
            counts.append(Int64(random.below(5)))
        }
        let schema = Int32(random.below(13)) - 4
        let layout = HistogramLayout(schema: schema, zeroThreshold: random.below(2) == 0 ? 0 : 0.001, positiveSpans: HistogramLayout.spans(indices))
        let zero = random.below(5)
        let total = UInt64(counts.reduce(0, +)) + UInt64(zero)
        let whole = Histogram(
            layout: layout, count: total, zeroCount: UInt64(zero), sum: value(), positiveDeltas: Histogram.deltas(counts))
        // The format cannot tell an empty one with fractions from one without.
        return total == 0 || random.below(2) == 0 ? .whole(whole) : .fractional(FloatHistogram(whole))
    }

    private mutating func exemplar() -> MadePage.Exemplar {
        MadePage.Exemplar(labels: [("trace", "\(random.below(100))")], value: value(), time: random.below(2) == 0 ? Int64(random.below(10_000)) : nil)
    }

    private mutating func value() -> Double {
        [0, 1, 2.5, -1, 1e300, 3e-7, .infinity, -.infinity, 12_345_678, Double(random.below(1000))][random.below(10)]
    }
}
