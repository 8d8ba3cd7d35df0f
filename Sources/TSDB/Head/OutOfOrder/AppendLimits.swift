import Model

/// Which times a batch may bring, by what the head held when the batch came.
///
/// The rules are Prometheus's. In order is what is behind the series' last sample and not older than half a chunk range before the head's newest,
/// so that nothing is added to a range that is being written to a block. What is older may come out of order, as far back as the window reaches.
struct AppendLimits {
    /// No sample may be later.
    var latest = Timestamp.max
    /// Samples in order are not earlier.
    var inOrder = Timestamp.min
    /// Samples out of order are not earlier; nil if there may be none.
    var outOfOrder: Timestamp?
}

extension Head {
    /// The limits for a batch that comes now.
    func limits(_ batch: AppendBatch) -> AppendLimits {
        let now = clock.now()
        let latest = options.futureTolerance.map { now.later(by: $0) } ?? .max
        // An empty head counts from the first sample that comes.
        var newest =
            core.totals.maxTime ?? batch.entries.first { $0.time <= latest }?.time
            ?? batch.histograms.first { $0.time <= latest }?.time ?? now
        // Samples of a far future, from when the clock was wrong, do not make those of today too old.
        if newest > latest { newest = now }
        let window = outOfOrderWindow
        return AppendLimits(
            latest: latest, inOrder: max(core.floor, core.appendFloor, newest.earlier(by: options.chunkRange / 2)),
            outOfOrder: window > 0 ? max(core.outOfOrderFloor, newest.earlier(by: window)) : nil)
    }
}
