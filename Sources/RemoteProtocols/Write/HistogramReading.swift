import Model

/// A native histogram as both messages write it.
///
/// Field numbers: 1 and 2 the count (whole, fraction), 3 sum, 4 schema, 5 zero threshold, 6 and 7 the zero bucket's count, 8–10 spans, deltas and
/// counts of the negative side, 11–13 those of the positive, 14 reset hint, 15 time, 16 bounds of its own, 17 since when it
/// counts.
struct HistogramReading {
    /// More buckets than the head takes: further ones are not kept, and the histogram is refused there.
    private static let mostBuckets = 1 << 17

    private(set) var time: Timestamp = 0
    /// Since when it counts; 0: not told.
    private(set) var start: Timestamp = 0
    private var isFractional = false
    private var count: UInt64 = 0
    private var fractionalCount = 0.0
    private var zeroCount: UInt64 = 0
    private var fractionalZeroCount = 0.0
    private var sum = 0.0
    private var hint = CounterResetHint.unknown
    private var layout = HistogramLayout()
    private var positive = Side()
    private var negative = Side()

    private struct Side {
        var deltas: [Int64] = []
        var counts: [Double] = []
    }

    /// Of what it takes to hold it, in numbers.
    var size: Int {
        positive.deltas.count + positive.counts.count + negative.deltas.count + negative.counts.count + layout.positiveSpans.count
            + layout.negativeSpans.count + layout.customValues.count
    }

    var histogram: NativeHistogram {
        if isFractional {
            return .fractional(
                FloatHistogram(
                    hint: hint, layout: layout, count: fractionalCount, zeroCount: fractionalZeroCount, sum: sum, positiveCounts: positive.counts,
                    negativeCounts: negative.counts))
        }
        return .whole(
            Histogram(
                hint: hint, layout: layout, count: count, zeroCount: zeroCount, sum: sum, positiveDeltas: positive.deltas,
                negativeDeltas: negative.deltas))
    }

    init(_ bytes: UnsafeRawBufferPointer, _ message: Range<Int>) throws(WireError) {
        var reader = WireReader(bytes, message)
        while let field = try reader.next() {
            switch field.number {
            case 1...7: try readNumber(field, &reader)
            case 8: try reader.appendSpan(field, to: &layout.negativeSpans, limit: Self.mostBuckets)
            case 9: try reader.appendZigzags(field, to: &negative.deltas, limit: Self.mostBuckets)
            case 10: try reader.appendDoubles(field, to: &negative.counts, limit: Self.mostBuckets)
            case 11: try reader.appendSpan(field, to: &layout.positiveSpans, limit: Self.mostBuckets)
            case 12: try reader.appendZigzags(field, to: &positive.deltas, limit: Self.mostBuckets)
            case 13: try reader.appendDoubles(field, to: &positive.counts, limit: Self.mostBuckets)
            case 14:
                try reader.expect(.varint, of: field)
                hint = CounterResetHint(rawValue: UInt8(truncatingIfNeeded: min(try reader.varint(), 255))) ?? .unknown
            case 15:
                try reader.expect(.varint, of: field)
                time = Int64(bitPattern: try reader.varint())
            case 16: try reader.appendDoubles(field, to: &layout.customValues, limit: Self.mostBuckets)
            case 17 where field.kind == .varint: start = Int64(bitPattern: try reader.varint())
            default: try reader.skip(field.kind)
            }
        }
    }

    /// Of the two forms of a count the later one holds.
    private mutating func readNumber(_ field: WireReader.Field, _ reader: inout WireReader) throws(WireError) {
        try reader.expect([1, 4, 6].contains(field.number) ? .varint : .fixed64, of: field)
        switch field.number {
        case 1: (count, isFractional) = (try reader.varint(), false)
        case 2: (fractionalCount, isFractional) = (try reader.double(), true)
        case 3: sum = try reader.double()
        case 4: layout.schema = Int32(truncatingIfNeeded: try reader.zigzag())
        case 5: layout.zeroThreshold = try reader.double()
        case 6: zeroCount = try reader.varint()
        default: fractionalZeroCount = try reader.double()
        }
    }
}
