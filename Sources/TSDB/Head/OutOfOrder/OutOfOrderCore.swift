import Model

/// What the head's data knows of its out-of-order samples.
extension HeadCore {
    /// How a sample relates to all that a series has, in order or not: a time is answered once, with the value that came first.
    func relationToAll(_ slot: UInt32, _ time: Timestamp, _ value: SampleValue) -> ChunkStore.Outcome {
        // A series of the batch that is being checked is not there yet.
        guard slot < series.count else { return .stored }
        if let there = chunks.sample(series[slot], at: time) { return there.outcome(of: value) }
        return outOfOrder.relation(slot, time, value)
    }

    func insertOutOfOrder(_ slot: UInt32, _ time: Timestamp, _ value: SampleValue) -> ChunkStore.Outcome {
        let relation = relationToAll(slot, time, value)
        guard relation == .stored else { return relation }
        outOfOrder.insert(slot, time, value)
        series[slot].pointee.flags.insert(.outOfOrder)
        totals.minOutOfOrderTime = min(totals.minOutOfOrderTime ?? time, time)
        totals.maxOutOfOrderTime = max(totals.maxOutOfOrderTime ?? time, time)
        return .stored
    }

    /// Whether a series may have samples, in order or not, in a time range.
    func overlaps(_ slot: UInt32, _ from: Timestamp, _ through: Timestamp) -> Bool {
        series[slot].pointee.overlaps(max(from, floor), through) || outOfOrder(slot, from, through) != nil
    }

    /// What came out of order for a series, nil if there is nothing in a time range.
    @inline(__always)
    func outOfOrder(_ slot: UInt32, _ from: Timestamp, _ through: Timestamp) -> OutOfOrderSeries? {
        guard series[slot].pointee.flags.contains(.outOfOrder), let late = outOfOrder.series(slot),
            late.overlaps(max(from, outOfOrderFloor), through)
        else { return nil }
        return late
    }

    /// Drops a series' out-of-order chunks whose last sample's time is given up, and such samples of its buffer. Returns how many samples went.
    func dropOutOfOrder(_ slot: UInt32, if unwanted: (Timestamp) -> Bool) -> Int {
        let before = outOfOrder.samples
        outOfOrder.retain(slot, chunks: { !unwanted($0.lastTime) }, open: { !unwanted($0.time) })
        noteOutOfOrderEnd(slot)
        return before - outOfOrder.samples
    }

    /// Takes the mark from a series that has no out-of-order samples any more.
    func noteOutOfOrderEnd(_ slot: UInt32) {
        if outOfOrder.series(slot) == nil { series[slot].pointee.flags.remove(.outOfOrder) }
    }

    func recountOutOfOrderTimes() {
        totals.minOutOfOrderTime = nil
        totals.maxOutOfOrderTime = nil
        guard let range = outOfOrder.timeRange else { return }
        totals.minOutOfOrderTime = max(range.from, outOfOrderFloor)
        totals.maxOutOfOrderTime = range.through
    }
}
