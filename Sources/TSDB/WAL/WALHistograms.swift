import Model

/// A native histogram in the log.
///
/// Record kinds 7 (whole counts) and 8 (fractions), 9 and 10 for those with bounds of their own, all of one form: the first sample's reference and
/// time as u64, then for each sample, the first too, signed varint distances of reference and time to these, the counter reset hint as a byte, the
/// schema as signed varint, the zero threshold, zero count, count, sum, then positive spans, negative spans, positive buckets, negative buckets and,
/// in schema -53, the bounds, each as a uvarint number of them and they themselves. A span is a signed varint offset and a uvarint length. Floats are
/// u64; whole counts are uvarints, whole buckets signed varints. Kinds 12 (whole) and 13 (fractions) have another beginning, see `WALStartPlaces`.
struct WALHistogram {
    var reference: UInt64
    var time: Timestamp
    var histogram: NativeHistogram

    static func decode(_ record: UnsafeRawBufferPointer) throws(WALRecordError) -> [WALHistogram] {
        guard let kind = WALRecordKind(of: record) else { return [] }
        let isWhole = kind == .histograms || kind == .customHistograms || kind == .histogramsWithStart
        var input = ByteInput(record, offset: 1)
        if input.atEnd { return [] }
        var places: any WALHistogramPlaces
        if kind == .histogramsWithStart || kind == .floatHistogramsWithStart {
            places = WALStartPlaces()
        } else {
            guard let reference = input.takeWord(), let start = input.takeWord() else {
                throw WALRecordError(offset: record.count, reason: "ends within the first reference and time")
            }
            places = WALPlainPlaces(reference: reference, time: Int64(bitPattern: start))
        }
        var samples: [WALHistogram] = []
        while !input.atEnd {
            guard let place = places.next(&input), let histogram = input.takeHistogram(isWhole) else {
                throw WALRecordError(offset: input.offset, reason: "histogram \(samples.count + 1) cannot be read")
            }
            guard histogram.isAcceptable else {
                throw WALRecordError(offset: input.offset, reason: "histogram \(samples.count + 1) contradicts itself, or is too large")
            }
            samples.append(WALHistogram(reference: place.reference, time: place.time, histogram: histogram))
        }
        return samples
    }
}

/// Reads reference and time of one sample after the other.
private protocol WALHistogramPlaces {
    mutating func next(_ input: inout ByteInput) -> (reference: UInt64, time: Timestamp)?
}

extension WALStartPlaces: WALHistogramPlaces {}

/// In the older kinds: distances to the first.
private struct WALPlainPlaces: WALHistogramPlaces {
    let reference: UInt64
    let time: Timestamp

    func next(_ input: inout ByteInput) -> (reference: UInt64, time: Timestamp)? {
        guard let referenceStep = input.takeSigned(), let timeStep = input.takeSigned() else { return nil }
        return (reference &+ UInt64(bitPattern: referenceStep), time &+ timeStep)
    }
}

extension WALBatch {
    /// Adds a histogram to the record being filled, or to a new one if that is of another kind.
    func addHistogram(_ reference: UInt64, _ time: Timestamp, _ histogram: NativeHistogram) {
        let kind = WALRecordKind(histogram)
        if kind != histogramKind { beginHistograms(kind, reference, time) }
        histograms.write(atMost: 20) { cursor in
            cursor.putSigned(Int64(bitPattern: reference &- histogramReference))
            cursor.putSigned(time &- histogramTime)
        }
        switch histogram {
        case .whole(let some):
            put(some.hint, some.layout)
            histograms.putVarint(some.zeroCount)
            histograms.putVarint(some.count)
            putSpans(some.sum, some.layout)
            histograms.putList(some.positiveDeltas) { $0.putSigned($1) }
            histograms.putList(some.negativeDeltas) { $0.putSigned($1) }
            putBounds(some.layout)
        case .fractional(let some):
            put(some.hint, some.layout)
            histograms.put(some.zeroCount.bitPattern)
            histograms.put(some.count.bitPattern)
            putSpans(some.sum, some.layout)
            histograms.putList(some.positiveCounts) { $0.put($1.bitPattern) }
            histograms.putList(some.negativeCounts) { $0.put($1.bitPattern) }
            putBounds(some.layout)
        }
    }

    private func put(_ hint: CounterResetHint, _ layout: HistogramLayout) {
        // Room for the counts that follow, too.
        histograms.reserve(1 + 10 + 8 + 2 * 10)
        histograms.put(hint.rawValue)
        histograms.write(atMost: 10) { $0.putSigned(Int64(layout.schema)) }
        histograms.reserve(8 + 2 * 10)
        histograms.put(layout.zeroThreshold.bitPattern)
    }

    private func putSpans(_ sum: Double, _ layout: HistogramLayout) {
        histograms.reserve(8)
        histograms.put(sum.bitPattern)
        for spans in [layout.positiveSpans, layout.negativeSpans] {
            histograms.putList(spans) { cursor, span in
                cursor.putSigned(Int64(span.offset))
                cursor.putUnsigned(UInt64(span.length))
            }
        }
    }

    private func putBounds(_ layout: HistogramLayout) {
        if layout.isCustom { histograms.putList(layout.customValues) { $0.put($1.bitPattern) } }
    }
}

extension ByteStore {
    /// Appends a number of elements and they themselves, of at most 20 bytes each.
    fileprivate func putList<Element>(_ elements: [Element], _ body: (inout ByteCursor, Element) -> Void) {
        reserve(10)
        putVarint(UInt64(elements.count))
        write(atMost: elements.count * 20) { cursor in
            for element in elements { body(&cursor, element) }
        }
    }
}

extension WALRecordKind {
    fileprivate init(_ histogram: NativeHistogram) {
        switch histogram {
        case .whole(let some): self = some.layout.isCustom ? .customHistograms : .histograms
        case .fractional(let some): self = some.layout.isCustom ? .customFloatHistograms : .floatHistograms
        }
    }
}

extension ByteInput {
    /// Nil if the bytes do not suffice or a number is too long.
    fileprivate mutating func takeHistogram(_ isWhole: Bool) -> NativeHistogram? {
        guard let hintByte = takeByte(), let hint = CounterResetHint(rawValue: hintByte), let schema = takeSigned().flatMap(Int32.init(exactly:)),
            let threshold = takeFloat()
        else { return nil }
        var layout = HistogramLayout(schema: schema, zeroThreshold: threshold)
        if isWhole {
            guard let zeroCount = takeVarint(), let count = takeVarint(), let sum = takeSpans(&layout),
                let positive = takeList({ $0.takeSigned() }), let negative = takeList({ $0.takeSigned() }), takeBounds(&layout)
            else { return nil }
            return .whole(
                Histogram(
                    hint: hint, layout: layout, count: count, zeroCount: zeroCount, sum: sum, positiveDeltas: positive, negativeDeltas: negative))
        }
        guard let zeroCount = takeFloat(), let count = takeFloat(), let sum = takeSpans(&layout), let positive = takeList({ $0.takeFloat() }),
            let negative = takeList({ $0.takeFloat() }), takeBounds(&layout)
        else { return nil }
        return .fractional(
            FloatHistogram(
                hint: hint, layout: layout, count: count, zeroCount: zeroCount, sum: sum, positiveCounts: positive, negativeCounts: negative))
    }

    private mutating func takeFloat() -> Double? { takeWord().map { Double(bitPattern: $0) } }

    /// The sum, and the spans into the layout.
    private mutating func takeSpans(_ layout: inout HistogramLayout) -> Double? {
        guard let sum = takeFloat(), let positive = takeList({ $0.takeSpan() }), let negative = takeList({ $0.takeSpan() }) else { return nil }
        layout.positiveSpans = positive
        layout.negativeSpans = negative
        return sum
    }

    private mutating func takeSpan() -> BucketSpan? {
        guard let offset = takeSigned().flatMap(Int32.init(exactly:)), let length = takeVarint().flatMap(UInt32.init(exactly:)) else { return nil }
        return BucketSpan(offset: offset, length: length)
    }

    private mutating func takeBounds(_ layout: inout HistogramLayout) -> Bool {
        guard layout.isCustom else { return true }
        guard let bounds = takeList({ $0.takeFloat() }) else { return false }
        layout.customValues = bounds
        return true
    }

    /// Stops at the first element that is not there, so that a wrong number of them costs nothing.
    private mutating func takeList<Element>(_ take: (inout ByteInput) -> Element?) -> [Element]? {
        guard let count = takeVarint() else { return nil }
        var elements: [Element] = []
        var left = count
        while left > 0 {
            guard let element = take(&self) else { return nil }
            elements.append(element)
            left -= 1
        }
        return elements
    }
}
