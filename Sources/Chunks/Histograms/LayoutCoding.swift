import Model

/// The header of a histogram chunk behind its count: one byte of flags, then the layout that all its samples have.
///
///     | zero threshold: a byte | varbit schema | positive spans | negative spans | bounds, in schema -53 |
///
/// Spans are their number and for each its length and offset; bounds are their number and for each, in thousandths and plus one, a number without
/// sign, or a zero and 64 bits of float.
enum LayoutCoding {
    /// The greatest bound that is written in thousandths.
    private static let greatestThousandths = 33_554_430.0

    static func put(_ layout: HistogramLayout, _ buffer: inout BitBuffer) {
        putZeroThreshold(layout.zeroThreshold, &buffer)
        buffer.putVarbit(Int64(layout.schema))
        putSpans(layout.positiveSpans, &buffer)
        putSpans(layout.negativeSpans, &buffer)
        guard layout.isCustom else { return }
        buffer.putUnsignedVarbit(UInt64(layout.customValues.count))
        for bound in layout.customValues { putBound(bound, &buffer) }
    }

    /// 0 for zero, 1…254 for the powers of two from 2⁻²⁴³ to 2¹⁰, 255 and the float for all others.
    private static func putZeroThreshold(_ threshold: Double, _ buffer: inout BitBuffer) {
        if threshold == 0 { return buffer.put(0, 8) }
        if threshold > 0, threshold.isNormal, threshold.significandBitPattern == 0, (-243...10).contains(threshold.exponent) {
            return buffer.put(UInt64(threshold.exponent + 244), 8)
        }
        buffer.put(255, 8)
        buffer.put(threshold.bitPattern, 64)
    }

    private static func putSpans(_ spans: [BucketSpan], _ buffer: inout BitBuffer) {
        buffer.putUnsignedVarbit(UInt64(spans.count))
        for span in spans {
            buffer.putUnsignedVarbit(UInt64(span.length))
            buffer.putVarbit(Int64(span.offset))
        }
    }

    private static func putBound(_ bound: Double, _ buffer: inout BitBuffer) {
        let thousandths = bound * 1000
        if thousandths >= 0, thousandths <= greatestThousandths, thousandths.rounded() / 1000 == bound {
            buffer.putUnsignedVarbit(UInt64(thousandths.rounded()) + 1)
        } else {
            buffer.put(0, 1)
            buffer.put(bound.bitPattern, 64)
        }
    }

    /// Throws `ChunkError` for what `HistogramLayout.check` refuses, and for more buckets, spans or bounds than the chunk has bits.
    static func take(_ reader: inout BitReader, limit: Int) throws(ChunkError) -> HistogramLayout {
        var layout = HistogramLayout()
        layout.zeroThreshold = takeZeroThreshold(&reader)
        guard let schema = Int32(exactly: reader.takeVarbit()) else { throw ChunkError(offset: reader.offset, reason: "a schema beyond 32 bits") }
        layout.schema = schema
        layout.positiveSpans = try takeSpans(&reader, limit)
        layout.negativeSpans = try takeSpans(&reader, limit)
        if layout.isCustom { layout.customValues = try takeBounds(&reader, limit) }
        do throws(InvalidHistogram) {
            try layout.check()
        } catch {
            throw ChunkError(offset: reader.offset, reason: error.reason)
        }
        guard layout.positiveBuckets + layout.negativeBuckets <= limit else {
            throw ChunkError(offset: reader.offset, reason: "more buckets than the chunk has bits")
        }
        return layout
    }

    private static func takeZeroThreshold(_ reader: inout BitReader) -> Double {
        let byte = reader.take(8)
        switch byte {
        case 0: return 0
        case 255: return Double(bitPattern: reader.takeLong(64))
        default: return Double(sign: .plus, exponent: Int(byte) - 244, significand: 1)
        }
    }

    private static func takeSpans(_ reader: inout BitReader, _ limit: Int) throws(ChunkError) -> [BucketSpan] {
        let count = reader.takeUnsignedVarbit()
        guard count <= UInt64(limit) else { throw ChunkError(offset: reader.offset, reason: "more spans than the chunk has bits") }
        var spans: [BucketSpan] = []
        for _ in 0..<count {
            guard let length = UInt32(exactly: reader.takeUnsignedVarbit()), let offset = Int32(exactly: reader.takeVarbit()), !reader.overrun else {
                throw ChunkError(offset: reader.offset, reason: "a span beyond 32 bits, or the chunk ends within the spans")
            }
            spans.append(BucketSpan(offset: offset, length: length))
        }
        return spans
    }

    private static func takeBounds(_ reader: inout BitReader, _ limit: Int) throws(ChunkError) -> [Double] {
        let count = reader.takeUnsignedVarbit()
        guard count <= UInt64(limit) else { throw ChunkError(offset: reader.offset, reason: "more bounds than the chunk has bits") }
        var bounds: [Double] = []
        for _ in 0..<count {
            let thousandths = reader.takeUnsignedVarbit()
            bounds.append(thousandths == 0 ? Double(bitPattern: reader.takeLong(64)) : Double(thousandths - 1) / 1000)
            if reader.overrun { throw ChunkError(offset: reader.offset, reason: "ends within the bounds") }
        }
        return bounds
    }
}
