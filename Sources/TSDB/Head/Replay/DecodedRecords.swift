import Model

/// What a run of a log's records says, in its order: samples in columns, everything else as values.
final class DecodedRecords {
    enum Part {
        case series([NamedSeries])
        /// These of `samples`.
        case samples(Range<Int>)
        case histograms([WALHistogram])
        case tombstones([WALTombstone])
        case exemplars([WALExemplar])
        case metadata([WALMetadata])
        /// Prometheus tells which samples are in its head chunk files as well.
        case markers(WALReport.Place)
    }

    struct NamedSeries {
        let ref: UInt64
        let labels: Labels
        /// How many labels.
        let count: Int
        /// By which the head finds them.
        let hash: UInt64
    }

    private(set) var parts: [Part] = []
    let samples = WALSamples()
    /// The least and the greatest reference of the parts that are samples, and nothing for others.
    private var references: [ClosedRange<UInt64>?] = []

    /// Empties it, and makes room for so many samples.
    func removeAll(samples count: Int) {
        parts.removeAll(keepingCapacity: true)
        references.removeAll(keepingCapacity: true)
        samples.removeAll()
        samples.reserve(count)
    }

    /// Adds a record; one of a kind that is not read adds nothing. Of one that makes no sense what comes before the damage is added if each of its
    /// entries stands for itself.
    func add(_ record: UnsafeRawBufferPointer, at place: WALReport.Place) throws {
        switch WALRecordKind(of: record)?.content {
        case .series: try addSeries(record)
        case .samples: try addSamples(record)
        case .histograms: add(.histograms(try WALHistogram.decode(record)))
        case .tombstones: add(.tombstones(try WALTombstone.decode(record)))
        case .exemplars: add(.exemplars(try WALExemplar.decode(record)))
        case .metadata: add(.metadata(try WALMetadata.decode(record)))
        case nil: if record.first == WALFormat.markers { add(.markers(place)) }
        }
    }

    private func add(_ part: Part, _ range: ClosedRange<UInt64>? = nil) {
        parts.append(part)
        references.append(range)
    }

    private func addSamples(_ record: UnsafeRawBufferPointer) throws {
        let start = samples.count
        try samples.add(record)
        guard let range = samples.referenceRange(from: start) else { return }
        add(.samples(start..<samples.count), range)
    }

    private func addSeries(_ record: UnsafeRawBufferPointer) throws {
        var series: [NamedSeries] = []
        defer { add(.series(series)) }
        try WALSeries.decode(record) { ref, labels in
            guard ref < AppendBatch.unresolved else { throw UnusableSeries(reason: "the series reference \(ref) is too great") }
            let count = labels.count
            guard count <= HeadCore.maxLabels else { throw UnusableSeries(reason: "a series with \(count) labels") }
            series.append(NamedSeries(ref: ref, labels: labels, count: count, hash: HeadCore.hash(labels)))
        }
    }
}

/// The order in which to take the parts in.
extension DecodedRecords {
    /// Puts samples of the same series together, a row of records at a time: what one record touches is far too much for a processor's cache by the
    /// time that the next about the same target comes. Records stay in their order wherever they have a series in common.
    func bySeries() {
        var start = 0
        while start < parts.count {
            var end = start
            while end < parts.count, references[end] != nil { end += 1 }
            if end - start > 1 { sort(start..<end) }
            start = end + 1
        }
    }

    private func sort(_ run: Range<Int>) {
        let records = run.compactMap { at in references[at].map { (at: at, range: $0, part: parts[at]) } }
        let byReference = records.sorted { ($0.range.lowerBound, $0.at) < ($1.range.lowerBound, $1.at) }
        var group: [(at: Int, range: ClosedRange<UInt64>, part: Part)] = []
        var last: UInt64 = 0
        var next = run.lowerBound
        func place() {
            for record in group.sorted(by: { $0.at < $1.at }) {
                parts[next] = record.part
                references[next] = record.range
                next += 1
            }
            group.removeAll(keepingCapacity: true)
        }
        for record in byReference {
            if record.range.lowerBound > last { place() }
            last = max(last, record.range.upperBound)
            group.append(record)
        }
        place()
    }
}

private struct UnusableSeries: Error, CustomStringConvertible {
    let reason: String
    var description: String { reason }
}
