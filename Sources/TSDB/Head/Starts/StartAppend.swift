public import Model

extension AppendBatch {
    /// The start of what a series counts.
    struct StartEntry: BitwiseCopyable {
        /// A reference, or `unresolved` and an index into `newLabels`.
        var ref: UInt64
        var start: Timestamp
        /// The time of the sample that tells of it.
        var sample: Timestamp
    }

    /// Tells since when a series counts what its sample of a time says. A zero is stored there, as Prometheus's `created-timestamp-zero-ingestion` does,
    /// if the start is before that sample and behind all others of the series; if not, nothing happens and nothing is counted.
    ///
    /// The zero is a float or an empty histogram, as the sample is. Without a sample of the series in the batch there is none.
    public mutating func addStart(_ ref: SeriesRef, _ start: Timestamp, before sample: Timestamp) {
        if start < sample { starts.append(StartEntry(ref: ref.rawValue, start: start, sample: sample)) }
    }

    /// The same for a series that the batch has by its labels; `index` is what adding its sample gave.
    public mutating func addStart(toNew index: Int, _ start: Timestamp, before sample: Timestamp) {
        if start < sample { starts.append(StartEntry(ref: Self.unresolved | UInt64(index), start: start, sample: sample)) }
    }
}

extension Staging {
    /// Puts zeros before the samples whose series have started since the one before. Behind the checks of all samples.
    func stageStarts(_ batch: AppendBatch, _ core: HeadCore) {
        guard !batch.starts.isEmpty else { return }
        var starts: [UInt32: [AppendBatch.StartEntry]] = [:]
        for entry in batch.starts {
            guard entry.start >= limits.inOrder, entry.start <= limits.latest, let slot = slot(of: entry.ref, batch, core) else { continue }
            let isNew = slot >= core.series.count || ChunkStore.relation(core.series[slot], entry.start, 0) == .stored
            if isNew { starts[slot, default: []].append(entry) }
        }
        guard !starts.isEmpty else { return }
        insertZeros(starts)
        insertEmptyHistograms(starts)
    }

    private func insertZeros(_ starts: [UInt32: [AppendBatch.StartEntry]]) {
        var last: [UInt32: Timestamp] = [:]
        var all: [StagedSample] = []
        all.reserveCapacity(count + starts.count)
        for sample in staged {
            if let own = starts[sample.slot] {
                let before = last[sample.slot] ?? .min
                for start in own where start.sample == sample.time && start.start > before {
                    all.append(StagedSample(ref: sample.ref, time: start.start, value: 0, slot: sample.slot, position: sample.position))
                    break
                }
                last[sample.slot] = sample.time
            }
            all.append(sample)
        }
        outcome.startsAppended += all.count - count
        restage(all)
    }

    private func insertEmptyHistograms(_ starts: [UInt32: [AppendBatch.StartEntry]]) {
        guard !histograms.isEmpty else { return }
        var last: [UInt32: Timestamp] = [:]
        var all: [StagedHistogram] = []
        for sample in histograms {
            if let own = starts[sample.slot] {
                let before = last[sample.slot] ?? .min
                for start in own where start.sample == sample.time && start.start > before {
                    var zero = sample
                    zero.time = start.start
                    zero.histogram = sample.histogram.emptied
                    all.append(zero)
                    outcome.startsAppended += 1
                    outcome.histogramStartsAppended += 1
                    break
                }
                last[sample.slot] = sample.time
            }
            all.append(sample)
        }
        restage(all)
    }
}

extension NativeHistogram {
    /// One of the same shape without observations, from which a counter begins anew.
    fileprivate var emptied: NativeHistogram {
        switch self {
        case .whole(let histogram): .whole(Histogram(hint: .reset, layout: histogram.layout.emptied))
        case .fractional(let histogram): .fractional(FloatHistogram(hint: .reset, layout: histogram.layout.emptied))
        }
    }
}

extension HistogramLayout {
    fileprivate var emptied: HistogramLayout {
        var layout = HistogramLayout()
        layout.schema = schema
        layout.zeroThreshold = zeroThreshold
        layout.customValues = customValues
        return layout
    }
}
