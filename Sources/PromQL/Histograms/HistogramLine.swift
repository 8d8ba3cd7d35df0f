import Model

extension SparseHistogram {
    /// What lies on the straight line from this histogram to a later one, a share of the way on. A counter that began anew between the two has
    /// started from zero.
    func line(to later: SparseHistogram, share: Double, isCounter: Bool) throws(MixedSchemas) -> SparseHistogram {
        guard isCustom == later.isCustom else { throw MixedSchemas() }
        if isCounter, later.isReset(after: self) { return later.scaled(by: share) }
        var sum = HistogramSum(scaled(by: 1 - share))
        try sum.add(later.scaled(by: share))
        return sum.result()
    }
}

/// The increase of native histograms in a window whose edges get values from samples outside.
struct ExtendedIncrease {
    let histograms: [SparseHistogram]
    let times: [Timestamp]
    let start: Timestamp
    let end: Timestamp
    let isSmoothed: Bool
    let isCounter: Bool

    private func between(_ place: Int, at moment: Timestamp) throws(MixedSchemas) -> SparseHistogram {
        let share = Double(moment - times[place]) / Double(times[place + 1] - times[place])
        return try histograms[place].line(to: histograms[place + 1], share: share, isCounter: isCounter)
    }

    func result() throws(MixedSchemas) -> SparseHistogram {
        let last = histograms.count - 1
        let beginsBetween = isSmoothed && times[0] < start && last > 0
        let endsBetween = isSmoothed && times[last] > end && last > 0
        let left = beginsBetween ? try between(0, at: start) : histograms[0]
        let right = endsBetween ? try between(last - 1, at: end) : histograms[last]
        var sum = HistogramSum(right)
        try sum.add(left, sign: -1)
        if isCounter {
            var previous = left
            for place in 1..<max(histograms.count, 1) {
                // The line to the first sample has taken a reset on its way into account.
                let isKnown = place == 1 && beginsBetween
                if !isKnown, histograms[place].isReset(after: histograms[place - 1]) { try sum.add(previous) }
                previous = histograms[place]
            }
        }
        var result = sum.result()
        result.hint = .gauge
        return result
    }
}
