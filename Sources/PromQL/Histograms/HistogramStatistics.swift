import Glibc
import Model

/// What a quantile or a fraction of a native histogram says about observations that were NaN.
enum NaNObservations {
    case none
    /// The result is NaN because of them.
    case hide
    /// The result is shifted by them.
    case skew
}

extension SparseHistogram {
    /// The φ-quantile: linear within a bucket around zero and with bounds of its own, exponential within the others.
    func quantile(_ phi: Double) -> (value: Double, NaNObservations) {
        if phi < 0 { return (-.infinity, .none) }
        if phi > 1 { return (.infinity, .none) }
        if count == 0 || phi.isNaN { return (.nan, .none) }
        // From the nearer end, which loses less by rounding. NaN lies behind the last bucket.
        let isForward = sum.isNaN || phi < 0.5
        let rank = isForward ? phi * count : (1 - phi) * count
        let buckets = placedBuckets
        var bucket = HistogramBucket(lower: 0, upper: 0, count: 0, includesLower: false, includesUpper: false)
        var below = 0.0
        for place in buckets.indices {
            let next = buckets[isForward ? place : buckets.count - 1 - place]
            if next.count == 0 { continue }
            bucket = next
            below += next.count
            if below >= rank { break }
        }
        if isCustom {
            if bucket.lower == -.infinity {
                if bucket.upper <= 0 { return (bucket.upper, .none) }
                bucket.lower = 0
            } else if bucket.upper == .infinity {
                return (bucket.lower, .none)
            }
        } else if bucket.lower < 0, bucket.upper > 0 {
            bucket = oneSided(bucket)
        }
        below = min(below, count)
        if below < rank { return sum.isNaN ? (.nan, .hide) : (bucket.upper, .none) }
        let rest = isForward ? rank - (below - bucket.count) : below - rank
        return (bucket.value(at: rest / bucket.count, isLinear: isCustom), sum.isNaN ? .skew : .none)
    }

    /// The zero bucket of a histogram that has no others on one side does not reach to that side.
    private func oneSided(_ bucket: HistogramBucket) -> HistogramBucket {
        var bucket = bucket
        if negative.isEmpty, !positive.isEmpty { bucket.lower = 0 }
        if positive.isEmpty, !negative.isEmpty { bucket.upper = 0 }
        return bucket
    }

    /// The share of observations between two values.
    func fraction(_ lower: Double, _ upper: Double) -> (value: Double, NaNObservations) {
        if count == 0 || lower.isNaN || upper.isNaN { return (.nan, .none) }
        if lower >= upper { return (0, .none) }
        let share = (rank(of: upper) - rank(of: lower)) / count
        return (share, sum.isNaN ? .skew : .none)
    }

    /// How many observations lie below a value.
    private func rank(of value: Double) -> Double {
        var below = 0.0
        for var bucket in placedBuckets {
            let isZero = bucket.lower <= 0 && bucket.upper >= 0
            if isZero, !isCustom { bucket = oneSided(bucket) }
            // The lowest bucket with bounds of its own begins at zero if it can.
            if isCustom, bucket.lower == -.infinity, bucket.upper > 0 { bucket.lower = 0 }
            if bucket.lower >= value { return min(below, count) }
            if bucket.upper > value {
                let inside = bucket.share(below: value, isLinear: isCustom || isZero)
                return min(below + bucket.count * inside, count)
            }
            below += bucket.count
        }
        return sum.isNaN ? below : count
    }

    /// About the mean of the observations themselves; each is taken to lie in the middle of its bucket.
    var variance: Double {
        let mean = sum / count
        var total = CompensatedSum()
        for bucket in placedBuckets where bucket.count != 0 {
            let delta = bucket.middle(isLinear: isCustom) - mean
            total.add(bucket.count * delta * delta)
        }
        return (total.sum + total.compensation) / count
    }
}

extension HistogramBucket {
    private var isAroundZero: Bool { lower <= 0 && upper >= 0 }

    /// The value behind which a share of the bucket lies below.
    func value(at share: Double, isLinear: Bool) -> Double {
        if isLinear || isAroundZero { return lower + (upper - lower) * share }
        let (logLower, logUpper) = (log2(abs(lower)), log2(abs(upper)))
        if lower > 0 { return exp2(logLower + (logUpper - logLower) * share) }
        return -exp2(logUpper + (logLower - logUpper) * (1 - share))
    }

    /// The share of the bucket that lies below a value in it.
    func share(below value: Double, isLinear: Bool) -> Double {
        if isLinear {
            if lower == -.infinity { return 1 }
            if upper == .infinity { return 0 }
            return (value - lower) / (upper - lower)
        }
        let (logLower, logUpper, logValue) = (log2(abs(lower)), log2(abs(upper)), log2(abs(value)))
        if value > 0 { return (logValue - logLower) / (logUpper - logLower) }
        return 1 - (logValue - logUpper) / (logLower - logUpper)
    }

    /// The value that its observations are taken for.
    func middle(isLinear: Bool) -> Double {
        if isLinear { return (upper + lower) / 2 }
        if isAroundZero { return 0 }
        return upper < 0 ? -(upper * lower).squareRoot() : (upper * lower).squareRoot()
    }
}
