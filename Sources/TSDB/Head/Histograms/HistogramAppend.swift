public import Model

/// A histogram on its way to the log and into its series.
struct StagedHistogram {
    var ref: UInt64
    var time: Timestamp
    var histogram: NativeHistogram
    var slot: UInt32
    /// Among the histograms of the batch.
    var position: Int
}

extension AppendBatch {
    struct HistogramEntry: Sendable {
        /// A reference, or `unresolved` and an index into `newLabels`.
        var ref: UInt64
        var time: Timestamp
        var histogram: NativeHistogram
    }

    /// Floats and histograms.
    public var sampleCount: Int { entries.count + histograms.count }

    /// Adds a native histogram. Histograms are appended behind the batch's floats.
    public mutating func add(_ ref: SeriesRef, _ time: Timestamp, _ histogram: NativeHistogram) {
        histograms.append(HistogramEntry(ref: ref.rawValue, time: time, histogram: histogram))
    }

    /// The same for a series that the caller has no reference for. After the append `reference(ofNew:)` with the returned index gives it.
    @discardableResult
    public mutating func add(_ labels: Labels, _ time: Timestamp, _ histogram: NativeHistogram) -> Int {
        let index = addLabels(labels)
        histograms.append(HistogramEntry(ref: Self.unresolved | UInt64(index), time: time, histogram: histogram))
        return index
    }
}

extension Head {
    /// Called while `samples` is held for writing, after the floats in order. Returns the times of what was stored.
    func applyHistograms() -> (first: Timestamp, last: Timestamp) {
        var first = Timestamp.max
        var last = Timestamp.min
        for staged in staging.histograms {
            let outcome = core.chunks.append(core.series[staged.slot], staged.time, staged.histogram)
            staging.count(outcome, isHistogram: true)
            guard outcome == .stored else { continue }
            first = min(first, staged.time)
            last = max(last, staged.time)
        }
        return (first, last)
    }

    func replayHistograms(_ histograms: [WALHistogram], _ totals: inout ReplayTotals) {
        for sample in histograms {
            let slot = core.references.slot(sample.reference)
            if slot == ReferenceDirectory.none {
                core.seenUnnamed(sample.reference)
                totals.unknown += 1
                continue
            }
            guard sample.time >= core.floor else { continue }
            let outcome = core.chunks.append(core.series[slot], sample.time, sample.histogram)
            if outcome == .outOfOrder, core.series[slot].pointee.isInGap(sample.time) {
                core.fillGap(slot, sample.time, .histogram(sample.histogram))
            } else if outcome != .stored {
                continue
            }
            totals.samples += 1
            core.noteTimes(sample.time, sample.time)
        }
    }
}

extension NativeHistogram {
    /// Whether the head takes it: it does not contradict itself, and has not too many buckets.
    var isAcceptable: Bool {
        let layout =
            switch self {
            case .whole(let histogram): histogram.layout
            case .fractional(let histogram): histogram.layout
            }
        let spans = layout.positiveSpans.count + layout.negativeSpans.count
        let limit = ChunkStore.bucketLimit
        guard isStale || layout.positiveBuckets + layout.negativeBuckets + spans + layout.customValues.count <= limit else { return false }
        return (try? check()) != nil
    }
}
