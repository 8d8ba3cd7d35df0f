/// A sum that carries the rounding error along (Neumaier's variant of Kahan's algorithm), as Prometheus sums.
@frozen public struct CompensatedSum: Sendable, BitwiseCopyable {
    public var sum = 0.0
    public var compensation = 0.0

    @inlinable
    public init(sum: Double = 0, compensation: Double = 0) {
        self.sum = sum
        self.compensation = compensation
    }

    @inlinable @inline(__always)
    public mutating func add(_ value: Double) {
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
    @inlinable public var value: Double { sum.isInfinite ? sum : sum + compensation }
}
