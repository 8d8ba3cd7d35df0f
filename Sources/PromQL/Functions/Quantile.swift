/// Quantiles of plain values.
enum Quantile {
    /// The φ-quantile by linear interpolation between the closest ranks. Sorts `values`; NaN counts as the smallest value.
    static func of(_ values: inout [Double], _ phi: Double) -> Double {
        if values.isEmpty || phi.isNaN { return .nan }
        if phi < 0 { return -.infinity }
        if phi > 1 { return .infinity }
        values.sort(by: precedes)
        let rank = phi * Double(values.count - 1)
        let lower = max(0, Int(rank.rounded(.down)))
        let upper = min(values.count - 1, lower + 1)
        let weight = rank - rank.rounded(.down)
        return values[lower] * (1 - weight) + values[upper] * weight
    }

    @inline(__always)
    static func precedes(_ a: Double, _ b: Double) -> Bool {
        if a.isNaN { return !b.isNaN }
        return a < b
    }

    /// The median absolute deviation, NaN if any value is.
    static func medianDeviation(_ values: inout [Double]) -> Double {
        if values.contains(where: \.isNaN) { return .nan }
        let median = of(&values, 0.5)
        for i in values.indices { values[i] = abs(values[i] - median) }
        return of(&values, 0.5)
    }
}
