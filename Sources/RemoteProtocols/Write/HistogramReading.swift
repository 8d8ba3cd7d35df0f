import Model

/// A native histogram as both messages write it.
///
/// Field numbers: 1 and 2 the count (whole, fraction), 3 sum, 4 schema, 5 zero threshold, 6 and 7 the zero bucket's count, 8–10 spans, deltas and
/// counts of the negative side, 11–13 those of the positive, 14 reset hint, 15 time, 16 bounds of its own.
struct HistogramReading {
    /// More buckets than the head takes: further ones are not kept, and the histogram is refused there.
    private static let mostBuckets = 1 << 17

    private(set) var time: Timestamp = 0
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
            case 8: try Self.addSpan(field, &reader, bytes, to: &layout.negativeSpans)
            case 9: try Self.addDeltas(field, &reader, bytes, to: &negative.deltas)
            case 10: try Self.addDoubles(field, &reader, bytes, to: &negative.counts)
            case 11: try Self.addSpan(field, &reader, bytes, to: &layout.positiveSpans)
            case 12: try Self.addDeltas(field, &reader, bytes, to: &positive.deltas)
            case 13: try Self.addDoubles(field, &reader, bytes, to: &positive.counts)
            case 14:
                try reader.expect(.varint, of: field)
                hint = CounterResetHint(rawValue: UInt8(truncatingIfNeeded: min(try reader.varint(), 255))) ?? .unknown
            case 15:
                try reader.expect(.varint, of: field)
                time = Int64(bitPattern: try reader.varint())
            case 16: try Self.addDoubles(field, &reader, bytes, to: &layout.customValues)
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

    private static func addSpan(
        _ field: WireReader.Field, _ reader: inout WireReader, _ bytes: UnsafeRawBufferPointer, to spans: inout [BucketSpan]
    ) throws(WireError) {
        try reader.expect(.bytes, of: field)
        var inner = WireReader(bytes, try reader.bytes())
        var span = BucketSpan(offset: 0, length: 0)
        while let field = try inner.next() {
            switch (field.number, field.kind) {
            case (1, .varint): span.offset = Int32(truncatingIfNeeded: try inner.zigzag())
            case (2, .varint): span.length = UInt32(truncatingIfNeeded: try inner.varint())
            case (1, _), (2, _): throw WireError(.type(field.number), at: inner.position)
            default: try inner.skip(field.kind)
            }
        }
        if spans.count < mostBuckets { spans.append(span) }
    }

    /// Numbers may be packed, or each a field of its own.
    private static func addDeltas(
        _ field: WireReader.Field, _ reader: inout WireReader, _ bytes: UnsafeRawBufferPointer, to deltas: inout [Int64]
    ) throws(WireError) {
        if field.kind == .varint {
            let delta = try reader.zigzag()
            if deltas.count < mostBuckets { deltas.append(delta) }
            return
        }
        try reader.expect(.bytes, of: field)
        var inner = WireReader(bytes, try reader.bytes())
        while !inner.isAtEnd {
            let delta = try inner.zigzag()
            if deltas.count < mostBuckets { deltas.append(delta) }
        }
    }

    private static func addDoubles(
        _ field: WireReader.Field, _ reader: inout WireReader, _ bytes: UnsafeRawBufferPointer, to numbers: inout [Double]
    ) throws(WireError) {
        if field.kind == .fixed64 {
            let number = try reader.double()
            if numbers.count < mostBuckets { numbers.append(number) }
            return
        }
        try reader.expect(.bytes, of: field)
        var inner = WireReader(bytes, try reader.bytes())
        while !inner.isAtEnd {
            let number = try inner.double()
            if numbers.count < mostBuckets { numbers.append(number) }
        }
    }
}
