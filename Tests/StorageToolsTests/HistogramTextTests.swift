import Model
import Testing

@testable import StorageTools

/// Native histograms in text, as Prometheus writes them.
struct HistogramTextTests {
    @Test("buckets go from the lowest to the highest, empty ones are left out")
    func exponential() {
        let layout = HistogramLayout(
            schema: 0, zeroThreshold: 0.001, positiveSpans: [BucketSpan(offset: 0, length: 3)], negativeSpans: [BucketSpan(offset: 1, length: 2)])
        let histogram = FloatHistogram(
            hint: .unknown, layout: layout, count: 12.5, zeroCount: 2, sum: 18.4, positiveCounts: [1, 0, 4.5], negativeCounts: [2, 3])
        #expect(
            HistogramText.text(.fractional(histogram))
                == "{count:12.5, sum:18.4, [-4,-2):3, [-2,-1):2, [-0.001,0.001]:2, (0.5,1]:1, (2,4]:4.5}")
    }

    @Test("bounds of one's own begin and end at infinity")
    func custom() {
        let layout = HistogramLayout(
            schema: HistogramLayout.customSchema, positiveSpans: [BucketSpan(offset: 0, length: 3)], customValues: [0.5, 2])
        let histogram = FloatHistogram(
            hint: .unknown, layout: layout, count: 6, zeroCount: 0, sum: 9, positiveCounts: [1, 2, 3], negativeCounts: [])
        #expect(HistogramText.text(.fractional(histogram)) == "{count:6, sum:9, [-Inf,0.5]:1, (0.5,2]:2, (2,+Inf]:3}")
    }
}
