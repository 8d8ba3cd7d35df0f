import Model
import TSDB
import TestKit
import Testing

@testable import PromQL

/// Long ranges, of which a part at a time is in memory.
@Suite struct SliceTests {
    /// Every step belongs to one slice, and the slice has its window.
    @Test(arguments: 1...30)
    func everyWindowLiesInItsSlice(_ seed: Int) throws {
        var random = SeededRandom(UInt64(seed))
        let references = ReferenceTimes(
            first: Timestamp(random.below(1_000_000_000)), stride: Timestamp(random.below(7_200_000) + 1), count: random.below(5_000) + 1)
        let length = Int64(random.below(200_000_000) + 1)
        var slices = try #require(WindowSlices(references, length: length))
        var next = 0
        while let slice = slices.next() {
            #expect(slice.steps.lowerBound == next && !slice.steps.isEmpty)
            #expect(slice.start == references[next] - length && slice.end == references[slice.steps.upperBound - 1])
            next = slice.steps.upperBound
            slices.adapt(to: random.below(20_000))
        }
        #expect(next == references.count)
    }

    private static let queries = [
        "m", "rate(m[5m])", "increase(m[1d])", "avg_over_time(m[3h])", "max_over_time(m[7h])", "changes(m[1h])", "resets(m[50m])", "timestamp(m)",
        "quantile_over_time(0.7, m[40m])", "last_over_time(m[9h])", "stddev_over_time(m[1h])", "predict_linear(m[2h], 60)", "sum_over_time(m[13h])",
    ]

    /// A week of samples with gaps, resets and stale markers, at steps of ten minutes and of three hours, against each step asked by itself.
    @Test(arguments: queries)
    func asAskedStepByStep(_ query: String) throws {
        let source = try Self.week.get()
        let engine = Engine()
        let from: Timestamp = 90_000_000
        for step: Int64 in [600_000, 10_800_000] {
            let answer = try engine.range(query, from: from, through: 600_000_000, step: step, over: source)
            guard case .matrix(let series) = answer.value else { throw Unexpected() }
            for index in stride(from: 0, to: 510_000_000 / step, by: step == 600_000 ? 13 : 1) {
                let time = from + index * step
                guard case .vector(let wanted) = try engine.instant(query, at: time, over: source).value else { throw Unexpected() }
                let found = series.compactMap { one in
                    one.times.firstIndex(of: time).map { "\(one.labels) \(rounded(one.values[$0]))" }
                }
                #expect(found == wanted.map { "\($0.labels) \(rounded($0.sample.value))" }, "at \(time)")
            }
        }
    }

    private struct Unexpected: Error {}

    /// Sums of long windows may differ in the last digit.
    private func rounded(_ value: Double) -> Double { value == 0 ? 0 : (value / 1e-6).rounded() * 1e-6 }

    private static let week = Result {
        var source = ArraySource()
        var random = SeededRandom(7)
        for name in ["1", "2"] {
            var samples: [Sample] = []
            var (time, value) = (Timestamp(0), 0.0)
            while time < 620_000_000 {
                time += Timestamp(random.below(60_000) + 15_000) + (random.below(500) == 0 ? 20_000_000 : 0)
                value = random.below(300) == 0 ? 0 : value + Double(random.below(50))
                samples.append(Sample(time: time, value: random.below(200) == 0 ? StaleMarker.value : value))
            }
            let labels = Labels([(name: "__name__", value: "m"), (name: "n", value: name)])
            source.add(.init(labels: labels, times: samples.map(\.time), values: samples.map(\.value)))
        }
        return source
    }
}
