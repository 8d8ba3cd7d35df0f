import Glibc
import Model

/// A classic histogram at one step: cumulative counts up to and including each upper bound.
struct ClassicBuckets {
    struct Bucket {
        var upper: Double
        var count: Double
    }

    private var buckets: [Bucket] = []
    /// Whether counts that fell had to be raised.
    private(set) var wasRepaired = false

    var isEmpty: Bool { buckets.isEmpty }

    mutating func removeAll() {
        buckets.removeAll(keepingCapacity: true)
        wasRepaired = false
    }

    mutating func append(upper: Double, count: Double) { buckets.append(Bucket(upper: upper, count: count)) }

    /// Sorts, joins equal bounds and makes counts rise; false without a bucket that counts everything.
    private mutating func prepare() -> Bool {
        buckets.sort { $0.upper < $1.upper }
        guard let last = buckets.last, last.upper == .infinity else { return false }
        coalesce()
        ensureMonotonicity()
        return true
    }

    private mutating func coalesce() {
        var kept = 0
        for index in 1..<max(buckets.count, 1) {
            if buckets[index].upper == buckets[kept].upper {
                buckets[kept].count += buckets[index].count
            } else {
                kept += 1
                buckets[kept] = buckets[index]
            }
        }
        buckets.removeLast(buckets.count - kept - 1)
    }

    /// A scrape is no snapshot and rates round: counts may fall a little from bucket to bucket. Differences below 1e-12 of the counts are
    /// rounding and are not worth a note.
    private mutating func ensureMonotonicity() {
        var previous = buckets[0].count
        for index in 1..<buckets.count {
            let count = buckets[index].count
            if count == previous { continue }
            if almostEqual(previous, count, 1e-12) {
                buckets[index].count = previous
            } else if count < previous {
                buckets[index].count = previous
                wasRepaired = true
            } else {
                previous = count
            }
        }
    }

    private func almostEqual(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool {
        if a.isNaN || b.isNaN { return false }
        let difference = abs(a - b)
        let sum = abs(a) + abs(b)
        if a == 0 || b == 0 || sum < .leastNormalMagnitude { return difference < tolerance * .leastNormalMagnitude }
        return difference / min(sum, .greatestFiniteMagnitude) < tolerance
    }

    /// The φ-quantile, interpolated linearly within the bucket that holds it.
    mutating func quantile(_ phi: Double) -> Double {
        if phi.isNaN { return .nan }
        if phi < 0 { return -.infinity }
        if phi > 1 { return .infinity }
        guard prepare(), buckets.count >= 2 else { return .nan }
        let observations = buckets[buckets.count - 1].count
        if observations == 0 || observations.isNaN { return .nan }
        var rank = phi * observations
        let at = (0..<buckets.count - 1).first { buckets[$0].count >= rank } ?? buckets.count - 1
        if at == buckets.count - 1 { return buckets[buckets.count - 2].upper }
        if at == 0, buckets[0].upper <= 0 { return buckets[0].upper }
        var start = 0.0
        var count = buckets[at].count
        if at > 0 {
            start = buckets[at - 1].upper
            count -= buckets[at - 1].count
            rank -= buckets[at - 1].count
        }
        return start + (buckets[at].upper - start) * (rank / count)
    }

    /// The share of observations between two bounds.
    mutating func fraction(_ lower: Double, _ upper: Double) -> Double {
        guard prepare() else { return .nan }
        let observations = buckets[buckets.count - 1].count
        if observations == 0 || observations.isNaN || lower.isNaN || upper.isNaN { return .nan }
        if lower >= upper { return 0 }
        let from = rank(of: lower, observations)
        let to = rank(of: upper, observations)
        return (to - from) / observations
    }

    /// How many observations lie at or below a value, interpolated linearly within its bucket.
    private func rank(of value: Double, _ observations: Double) -> Double {
        var start = buckets[0].upper > 0 ? 0 : -Double.infinity
        var below = 0.0
        for bucket in buckets {
            if value <= start { return below }
            if value < bucket.upper {
                // Nothing is known about where in a bucket without an end observations lie.
                if start.isInfinite { return bucket.count }
                if bucket.upper.isInfinite { return below }
                return below + (bucket.count - below) * (value - start) / (bucket.upper - start)
            }
            start = bucket.upper
            below = bucket.count
        }
        return observations
    }
}
