import Model

/// The trim operators: what lies on one side of a value goes, with what it adds to the sum; within a bucket as `quantile` shares it out.
extension SparseHistogram {
    func trimmed(above limit: Double) -> SparseHistogram { trimmed(from: -.infinity, to: limit) }

    func trimmed(below limit: Double) -> SparseHistogram { trimmed(from: limit, to: .infinity) }

    private func trimmed(from low: Double, to high: Double) -> SparseHistogram {
        if low == -.infinity, high == .infinity { return self }
        var result = self
        var sum = CompensatedSum()
        var isWhole = true
        (result.count, result.zeroCount) = (0, 0)
        func keep(_ bucket: HistogramBucket, isZero: Bool) -> Double {
            let kept = bucket.kept(from: low, to: high, isLinear: isCustom || isZero)
            sum.add(kept.sum)
            result.count += kept.count
            if kept.count != bucket.count { isWhole = false }
            return kept.count
        }
        for i in negative.indices.reversed() {
            let (lower, upper) = (-upperBound(negative[i].index), -lowerBound(negative[i].index))
            let bucket = HistogramBucket(lower: lower, upper: upper, count: negative[i].count, includesLower: true, includesUpper: false)
            result.negative[i].count = keep(bucket, isZero: false)
        }
        if zeroCount != 0 {
            var bucket = HistogramBucket(
                lower: -zeroThreshold, upper: zeroThreshold, count: zeroCount, includesLower: true, includesUpper: true)
            if negative.isEmpty, !positive.isEmpty { bucket.lower = 0 }
            if positive.isEmpty, !negative.isEmpty { bucket.upper = 0 }
            result.zeroCount = keep(bucket, isZero: true)
        }
        for i in positive.indices {
            var (lower, upper) = (lowerBound(positive[i].index), upperBound(positive[i].index))
            // The lowest bucket with bounds of its own begins at zero if it can.
            if lower == -.infinity, upper > 0, upper < .infinity, low == -.infinity || low >= 0 { lower = 0 }
            let bucket = HistogramBucket(lower: lower, upper: upper, count: positive[i].count, includesLower: false, includesUpper: true)
            result.positive[i].count = keep(bucket, isZero: false)
        }
        // What nothing was taken from has the sum it had.
        if isWhole { return self }
        result.sum = sum.value
        return result.compacted()
    }
}

extension HistogramBucket {
    /// What is left of the bucket between two values. Of one without an end all is left, as near as it can be to the end that it has, or nothing if
    /// some of it may lie beyond.
    fileprivate func kept(from low: Double, to high: Double, isLinear: Bool) -> (count: Double, sum: Double) {
        if count == 0 || lower >= high || upper <= low { return (0, 0) }
        if upper == .infinity { return lower == -.infinity || high < .infinity ? (0, 0) : (count, count * max(lower, low)) }
        if lower == -.infinity { return low > -.infinity ? (0, 0) : (count, count * min(upper, high)) }
        var part = self
        if lower < low {
            part.count -= count * share(below: low, isLinear: isLinear)
            part.lower = low
        }
        if upper > high {
            part.count = count * share(below: high, isLinear: isLinear)
            part.upper = high
        }
        let value = isLinear ? (part.lower + part.upper) / 2 : part.middle(isLinear: false)
        return (part.count, part.count * value)
    }
}
