import Model

/// When a group is evaluated: at an offset of its own within each interval, the same after each restart, so that groups do not come all at once.
struct EvaluationSlots: Sendable {
    /// Milliseconds.
    let interval: Int64
    let offset: Int64

    init(key: String, interval: Int64) {
        self.interval = max(1, interval)
        offset = Int64(StableHash.fnv1a(key) % UInt64(self.interval))
    }

    /// The last slot that is not later than a time.
    func slot(atOrBefore time: Timestamp) -> Timestamp {
        (time - offset).quotientAndRemainder(floorDividingBy: interval).quotient * interval + offset
    }

    /// The first slot behind a time.
    func slot(after time: Timestamp) -> Timestamp { slot(atOrBefore: time) + interval }
}
