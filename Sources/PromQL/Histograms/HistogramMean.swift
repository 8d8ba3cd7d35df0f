import Model

/// The mean of native histograms: sums, and goes on step by step once the sum would be infinite.
struct HistogramMean {
    private(set) var sum: HistogramSum
    private var number = 1.0
    private var isIncremental = false

    init(_ first: SparseHistogram) { sum = HistogramSum(first) }

    mutating func add(_ other: SparseHistogram) throws(MixedSchemas) {
        number += 1
        if !isIncremental {
            var next = sum
            try next.add(other)
            if !next.isInfinite || sum.isInfinite {
                sum = next
                return
            }
            isIncremental = true
            sum.scale(by: 1 / (number - 1))
        }
        sum.scale(by: (number - 1) / number)
        try sum.add(other.divided(by: number))
    }

    var result: SparseHistogram { sum.result(divisor: isIncremental ? 1 : number) }
}
