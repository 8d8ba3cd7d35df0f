public import Model

/// Series of a batch that are added by their labels, for batches that have several samples of each.
extension AppendBatch {
    public var histogramCount: Int { histograms.count }

    /// Adds a series without a sample yet; returns its number. After the append `reference(ofNew:)` gives its reference, if it has samples by then.
    public mutating func addSeries(_ labels: Labels) -> Int { addLabels(labels) }

    /// Adds a sample of a series that the batch has by its labels.
    public mutating func add(toNew index: Int, _ time: Timestamp, _ value: Double) {
        entries.append(Entry(ref: Self.unresolved | UInt64(index), time: time, value: value))
    }

    /// The same with a native histogram.
    public mutating func add(toNew index: Int, _ time: Timestamp, _ histogram: NativeHistogram) {
        histograms.append(HistogramEntry(ref: Self.unresolved | UInt64(index), time: time, histogram: histogram))
    }

    /// What a sample was added by; one that was added by labels has no reference.
    public func reference(ofSample position: Int) -> SeriesRef { SeriesRef(entries[position].ref) }
    public func reference(ofHistogram position: Int) -> SeriesRef { SeriesRef(histograms[position].ref) }

    /// Has all that was added by references, which the head may have let go of, added by labels instead. Returns the numbers of the series.
    public mutating func name(_ series: [SeriesRef: Labels]) -> [SeriesRef: Int] {
        let numbers = series.mapValues { addLabels($0) }
        func named(_ ref: UInt64) -> UInt64 { numbers[SeriesRef(ref)].map { Self.unresolved | UInt64($0) } ?? ref }
        for at in entries.indices { entries[at].ref = named(entries[at].ref) }
        for at in histograms.indices { histograms[at].ref = named(histograms[at].ref) }
        for at in exemplars.indices { exemplars[at].ref = named(exemplars[at].ref) }
        for at in metadata.indices { metadata[at].ref = named(metadata[at].ref) }
        for at in starts.indices { starts[at].ref = named(starts[at].ref) }
        return numbers
    }
}
