extension SparseHistogram {
    /// Whether a counter began anew between `earlier` and this one: something counts less, or the scale became finer, which only a restart does.
    public func isReset(after earlier: SparseHistogram) -> Bool {
        switch hint {
        case .reset: return true
        case .noReset: return false
        case .unknown, .gauge: break
        }
        if count < earlier.count || isCustom != earlier.isCustom { return true }
        if isCustom {
            let common = Self.commonBounds(bounds, earlier.bounds)
            return Self.falls(earlier.coarsened(to: common).positive, coarsened(to: common).positive)
        }
        if schema > earlier.schema || zeroThreshold < earlier.zeroThreshold { return true }
        let before = earlier.widened(to: zeroThreshold)
        if before.zeroThreshold != zeroThreshold || zeroCount < before.zeroCount { return true }
        let scaled = before.reduced(to: schema)
        return Self.falls(scaled.positive, positive) || Self.falls(scaled.negative, negative)
    }

    /// Whether a bucket counts less than before.
    private static func falls(_ before: [IndexedCount], _ now: [IndexedCount]) -> Bool {
        var at = 0
        for bucket in before {
            while at < now.count, now[at].index < bucket.index { at += 1 }
            let count = at < now.count && now[at].index == bucket.index ? now[at].count : 0
            if count < bucket.count { return true }
        }
        return false
    }
}
