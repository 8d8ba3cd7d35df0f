import Model

extension SparseHistogram {
    /// As `count_values` and Prometheus's pages write it: `{count:4, sum:5, [-0.001,0.001]:1, (0.5,1]:3}`.
    var text: String {
        var parts = ["count:\(FloatFormat.general(count))", "sum:\(FloatFormat.general(sum))"]
        parts += placedBuckets.filter { $0.count != 0 }.map(\.text)
        return "{" + parts.joined(separator: ", ") + "}"
    }
}

extension HistogramBucket {
    fileprivate var text: String {
        "\(includesLower ? "[" : "(")\(FloatFormat.general(lower)),\(FloatFormat.general(upper))\(includesUpper ? "]" : ")"):\(FloatFormat.general(count))"
    }
}
