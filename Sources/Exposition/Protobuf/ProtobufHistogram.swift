public import Model

/// What a histogram has besides classic buckets, in the place of them or with them.
///
/// Field numbers of `Histogram`: 1 and 4 the count (whole, fraction), 2 sum, 5 schema, 6 zero threshold, 7 and 8 the zero bucket's count, 9–11 spans,
/// deltas and counts of the negative side, 12–14 those of the positive, 16 exemplars.
public struct ProtobufHistogram: Sendable {
    public internal(set) var count: UInt64 = 0
    public internal(set) var sum = 0.0
    public private(set) var exemplars: [ProtobufExemplar] = []
    private var fractionalCount = 0.0
    private var zeroCount: UInt64 = 0
    private var fractionalZeroCount = 0.0
    private var layout = HistogramLayout()
    private var positiveDeltas: [Int64] = []
    private var positiveCounts: [Double] = []
    private var negativeDeltas: [Int64] = []
    private var negativeCounts: [Double] = []

    mutating func reset() {
        (count, sum, fractionalCount, zeroCount, fractionalZeroCount) = (0, 0, 0, 0, 0)
        (layout.schema, layout.zeroThreshold) = (0, 0)
        exemplars.removeAll(keepingCapacity: true)
        layout.positiveSpans.removeAll(keepingCapacity: true)
        layout.negativeSpans.removeAll(keepingCapacity: true)
        positiveDeltas.removeAll(keepingCapacity: true)
        positiveCounts.removeAll(keepingCapacity: true)
        negativeDeltas.removeAll(keepingCapacity: true)
        negativeCounts.removeAll(keepingCapacity: true)
    }

    mutating func read(_ field: WireReader.Field, _ reader: inout WireReader, _ page: UnsafeRawBufferPointer) throws {
        // One more, so that too many are seen.
        let limit = ProtobufMetric.mostParts + 1
        switch field.number {
        case 1, 2, 4...8: try readNumber(field, &reader)
        case 9: try reader.appendSpan(field, to: &layout.negativeSpans, limit: limit)
        case 10: try reader.appendZigzags(field, to: &negativeDeltas, limit: limit)
        case 11: try reader.appendDoubles(field, to: &negativeCounts, limit: limit)
        case 12: try reader.appendSpan(field, to: &layout.positiveSpans, limit: limit)
        case 13: try reader.appendZigzags(field, to: &positiveDeltas, limit: limit)
        case 14: try reader.appendDoubles(field, to: &positiveCounts, limit: limit)
        case 16:
            try reader.expect(.bytes, of: field)
            let exemplar = try ProtobufExemplar(page, try reader.bytes())
            if exemplars.count < limit { exemplars.append(exemplar) }
        default: try reader.skip(field.kind)
        }
    }

    private mutating func readNumber(_ field: WireReader.Field, _ reader: inout WireReader) throws {
        try reader.expect([1, 5, 7].contains(field.number) ? .varint : .fixed64, of: field)
        switch field.number {
        case 1: count = try reader.varint()
        case 2: sum = try reader.double()
        case 4: fractionalCount = try reader.double()
        case 5: layout.schema = Int32(truncatingIfNeeded: try reader.zigzag())
        case 6: layout.zeroThreshold = try reader.double()
        case 7: zeroCount = try reader.varint()
        default: fractionalZeroCount = try reader.double()
        }
    }

    func checkSize(at place: Int) throws {
        let lists = [
            layout.positiveSpans.count, layout.negativeSpans.count, positiveDeltas.count, negativeDeltas.count, positiveCounts.count,
            negativeCounts.count, exemplars.count,
        ]
        guard lists.allSatisfy({ $0 <= ProtobufMetric.mostParts }) else {
            throw ProtobufError("a histogram with more than \(ProtobufMetric.mostParts) buckets, spans or exemplars", at: place)
        }
    }

    // MARK: What it is

    /// Whether it has native buckets. An empty one tells it by a span of no buckets, or by its zero threshold.
    public var isNative: Bool {
        !layout.positiveSpans.isEmpty || !layout.negativeSpans.isEmpty || layout.zeroThreshold > 0 || zeroCount > 0
    }

    /// The count of all observations; as a fraction, if it is one.
    public var total: Double { fractionalCount == 0 ? Double(count) : fractionalCount }

    /// The native histogram, without empty buckets. Throws if it contradicts itself.
    public func native(_ hint: CounterResetHint) throws(InvalidHistogram) -> NativeHistogram {
        var layout = layout
        layout.positiveSpans = Self.copy(layout.positiveSpans)
        layout.negativeSpans = Self.copy(layout.negativeSpans)
        if fractionalCount > 0 || fractionalZeroCount > 0 {
            let histogram = FloatHistogram(
                hint: hint, layout: layout, count: fractionalCount, zeroCount: fractionalZeroCount, sum: sum,
                positiveCounts: Self.copy(positiveCounts), negativeCounts: Self.copy(negativeCounts))
            try histogram.check()
            return .fractional(histogram.compacted())
        }
        let histogram = Histogram(
            hint: hint, layout: layout, count: count, zeroCount: zeroCount, sum: sum, positiveDeltas: Self.copy(positiveDeltas),
            negativeDeltas: Self.copy(negativeDeltas))
        try histogram.check()
        return .whole(histogram.compacted())
    }

    /// Just as long as it has to be: the lists that are read into have room for the largest histogram of the page.
    private static func copy<Element>(_ list: [Element]) -> [Element] { list.withUnsafeBufferPointer { Array($0) } }
}
