/// Quantiles of plain values.
enum Quantile {
    /// The φ-quantile by linear interpolation between the closest ranks. Changes the order of `values`; NaN counts as the smallest value.
    static func of(_ values: inout [Double], _ phi: Double) -> Double {
        if values.isEmpty || phi.isNaN { return .nan }
        if phi < 0 { return -.infinity }
        if phi > 1 { return .infinity }
        let rank = phi * Double(values.count - 1)
        let lower = max(0, Int(rank.rounded(.down)))
        let weight = rank - rank.rounded(.down)
        return values.withUnsafeMutableBufferPointer { values in
            let unknown = gatherNaN(values)
            if lower < unknown { return .nan }
            let numbers = UnsafeMutableBufferPointer(rebasing: values[unknown...])
            select(lower - unknown, numbers)
            let upper = numbers[min(lower - unknown + 1, numbers.count - 1)...].min() ?? .nan
            return values[lower] * (1 - weight) + upper * weight
        }
    }

    /// The median absolute deviation, NaN if any value is.
    static func medianDeviation(_ values: inout [Double]) -> Double {
        if values.contains(where: \.isNaN) { return .nan }
        let median = of(&values, 0.5)
        for i in values.indices { values[i] = abs(values[i] - median) }
        return of(&values, 0.5)
    }

    /// Moves NaN to the beginning; gives how many there are.
    private static func gatherNaN(_ values: UnsafeMutableBufferPointer<Double>) -> Int {
        var count = 0
        for i in values.indices where values[i].isNaN {
            values.swapAt(i, count)
            count += 1
        }
        return count
    }

    /// Hoare's selection: puts at place `k` the value that sorting would, and none behind it that is smaller.
    private static func select(_ k: Int, _ values: UnsafeMutableBufferPointer<Double>) {
        var low = 0
        var high = values.count - 1
        // Values in a malicious order would take as many rounds as there are of them.
        var rounds = 64
        while high - low > 12 {
            rounds -= 1
            if rounds == 0 { break }
            let (left, right) = part(values, low, high)
            if k <= right { high = right } else if k >= left { low = left } else { return }
        }
        var rest = UnsafeMutableBufferPointer(rebasing: values[low...high])
        rest.sort()
    }

    /// Parts a range by the median of three of its values: none up to `right` is greater, none from `left` on is smaller, those between are equal.
    private static func part(_ values: UnsafeMutableBufferPointer<Double>, _ low: Int, _ high: Int) -> (left: Int, right: Int) {
        let (a, b, c) = (values[low], values[(low + high) / 2], values[high])
        let pivot = max(min(a, b), min(max(a, b), c))
        var left = low
        var right = high
        while left <= right {
            while values[left] < pivot { left += 1 }
            while pivot < values[right] { right -= 1 }
            if left > right { break }
            values.swapAt(left, right)
            left += 1
            right -= 1
        }
        return (left, right)
    }
}
