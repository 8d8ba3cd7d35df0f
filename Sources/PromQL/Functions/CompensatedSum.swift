/// A sum that carries the rounding error along (Neumaier's variant of Kahan's algorithm), as Prometheus sums.
struct CompensatedSum {
    var sum = 0.0
    var compensation = 0.0

    @inline(__always)
    mutating func add(_ value: Double) {
        let next = sum + value
        if next.isInfinite {
            compensation = 0
        } else if abs(sum) >= abs(value) {
            compensation += (sum - next) + value
        } else {
            compensation += (value - next) + sum
        }
        sum = next
    }

    /// Infinite sums stand without their compensation.
    var value: Double { sum.isInfinite ? sum : sum + compensation }
}

/// A mean that sums first and, when the sum overflows, goes on incrementally.
struct CompensatedMean {
    private var total = CompensatedSum()
    private var count = 0.0
    private var isIncremental = false

    @inline(__always)
    mutating func add(_ value: Double) {
        count += 1
        if !isIncremental {
            var next = total
            next.add(value)
            // The first value may itself be infinite.
            if count == 1 || !next.sum.isInfinite {
                total = next
                return
            }
            isIncremental = true
            total.sum /= count - 1
            total.compensation /= count - 1
        }
        let weight = (count - 1) / count
        total.sum *= weight
        total.compensation *= weight
        total.add(value / count)
    }

    var value: Double {
        isIncremental ? total.sum + total.compensation : total.sum / count + total.compensation / count
    }
}
