public import Model

/// What is written to the log in one step: a record of new series, one of metadata, one of samples, some of histograms, one of exemplars and one of
/// tombstones, each of which may be absent.
///
/// Series record: `1`, then for each series a big-endian u64 reference, a uvarint label count, and name and value of each label, both with a uvarint
/// length before. Samples record: `2`, the first sample's reference and time as u64, then for each sample (the first too) signed varint distances of
/// reference and time to these, and the value's bits as u64. Tombstones record: `3`, then for each a u64 reference and, as signed varints, the first
/// and the last time that is deleted.
///
/// Not safe for several threads; made to be emptied and used again.
public final class WALBatch {
    let series = ByteStore()
    let metadata = ByteStore()
    let samples = ByteStore()
    let exemplars = ByteStore()
    let tombstones = ByteStore()
    /// Records one after the other, which begin at `histogramStarts`.
    let histograms = ByteStore()
    private var histogramStarts: [Int] = []
    private(set) var histogramKind: WALRecordKind?
    private(set) var histogramReference: UInt64 = 0
    private(set) var histogramTime: Timestamp = 0
    private var firstReference: UInt64 = 0
    private var firstTime: Timestamp = 0
    private(set) var exemplarReference: UInt64 = 0
    private(set) var exemplarTime: Timestamp = 0

    public init() {}

    // Every batch asks for these: none of them makes an array to walk through.

    public var isEmpty: Bool { series.count + metadata.count + samples.count + histograms.count + exemplars.count + tombstones.count == 0 }

    public func removeAll() {
        series.removeAll()
        metadata.removeAll()
        samples.removeAll()
        histograms.removeAll()
        exemplars.removeAll()
        tombstones.removeAll()
        histogramStarts.removeAll(keepingCapacity: true)
        histogramKind = nil
    }

    /// The records that there are, in the order in which they are to be applied.
    var records: [UnsafeRawBufferPointer] {
        var found: [UnsafeRawBufferPointer] = []
        found.reserveCapacity(5 + histogramStarts.count)
        func add(_ bytes: UnsafeRawBufferPointer) { if bytes.count > 0 { found.append(bytes) } }
        add(series.bytes)
        add(metadata.bytes)
        add(samples.bytes)
        for (number, start) in histogramStarts.enumerated() {
            let end = number + 1 < histogramStarts.count ? histogramStarts[number + 1] : histograms.count
            add(UnsafeRawBufferPointer(rebasing: histograms.bytes[start..<end]))
        }
        add(exemplars.bytes)
        add(tombstones.bytes)
        return found
    }

    func beginExemplars(_ reference: UInt64, _ time: Timestamp) {
        exemplarReference = reference
        exemplarTime = time
        exemplars.reserve(17)
        exemplars.put(WALRecordKind.exemplars.rawValue)
        exemplars.put(reference)
        exemplars.put(time)
    }

    func beginHistograms(_ kind: WALRecordKind, _ reference: UInt64, _ time: Timestamp) {
        histogramStarts.append(histograms.count)
        histogramKind = kind
        histogramReference = reference
        histogramTime = time
        histograms.reserve(17)
        histograms.put(kind.rawValue)
        histograms.put(reference)
        histograms.put(time)
    }

    public func addTombstone(_ tombstone: WALTombstone) {
        tombstones.reserve(1 + 8)
        if tombstones.count == 0 { tombstones.put(WALRecordKind.tombstones.rawValue) }
        tombstones.put(tombstone.reference)
        tombstones.write(atMost: 20) { cursor in
            cursor.putSigned(tombstone.range.from)
            cursor.putSigned(tombstone.range.through)
        }
    }

    /// Tells what a reference stands for. It must be in the log before, or in the same batch as, the first sample with it.
    public func addSeries(_ reference: UInt64, _ labels: Labels) {
        series.reserve(1 + 8 + 10)
        if series.count == 0 { series.put(WALRecordKind.series.rawValue) }
        series.put(reference)
        series.putVarint(UInt64(labels.count))
        // The flat form of labels is the record's form of a label list.
        labels.encoding.withUnsafeBytes { series.append($0) }
    }

    @inline(__always)
    public func addSample(_ reference: UInt64, _ time: Timestamp, _ value: Double) {
        if samples.count == 0 { beginSamples(reference, time) }
        let referenceStep = Int64(bitPattern: reference &- firstReference)
        let timeStep = time &- firstTime
        samples.write(atMost: 28) { cursor in
            cursor.putSigned(referenceStep)
            cursor.putSigned(timeStep)
            cursor.put(value.bitPattern)
        }
    }

    private func beginSamples(_ reference: UInt64, _ time: Timestamp) {
        samples.reserve(17)
        samples.put(WALRecordKind.samples.rawValue)
        samples.put(reference)
        samples.put(time)
        firstReference = reference
        firstTime = time
    }
}
