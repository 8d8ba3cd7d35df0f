import Model

/// Histograms one after the other: `| encoding | uvarint length | chunk | …`, with chunks of Prometheus's encodings 2 and 3.
///
/// All are gauges there, so that resets between them begin no chunk, and have the times 0, 1, 2… What they are to the histograms before them is in the
/// marks.
struct HistogramStream {
    private var chunks: ByteSource
    private let column = HistogramColumn()
    private var next = 0

    init(_ source: inout ByteSource) throws(ChunkError) { chunks = try source.takeSized() }

    mutating func take(_ hint: CounterResetHint) throws(ChunkError) -> NativeHistogram {
        while next == column.count {
            column.removeAll()
            next = 0
            let encoding = ChunkEncoding(rawValue: try chunks.takeByte())
            guard encoding.holdsHistograms else { throw chunks.error("chunk encoding \(encoding.rawValue) holds no histograms") }
            let chunk = try chunks.takeSized()
            let bytes = UnsafeRawBufferPointer(start: chunk.base + chunk.next, count: chunk.end - chunk.next)
            do throws(ChunkError) {
                try HistogramChunk.decode(bytes, encoding: encoding, into: column)
            } catch {
                throw ChunkError(offset: chunk.next + error.offset, reason: error.reason)
            }
        }
        defer { next += 1 }
        return column.histograms[next].with(hint)
    }
}

extension HistogramStream {
    /// Throws if there are histograms that no window has.
    func checkEnd() throws(ChunkError) {
        guard next == column.count, chunks.isAtEnd else { throw chunks.error("more histograms than windows have") }
    }
}

extension ByteSink {
    mutating func put(histograms: [NativeHistogram]) {
        var builder = HistogramChunkBuilder()
        for (number, histogram) in histograms.enumerated() {
            if let chunk = builder.append(Timestamp(number), histogram.with(.gauge)) { put(nested: chunk) }
        }
        if let chunk = builder.finish() { put(nested: chunk) }
    }

    private mutating func put(nested chunk: EncodedChunk) {
        put(chunk.encoding.rawValue)
        putSized { $0.put(chunk.bytes) }
    }
}

/// What a window of histograms has, and what its histograms are to those before them, as bits of a number:
///
///     0 the first is the last    1 has a sum    2 has lost ones    3–4, 5–6, 7–8, 9–10 hints of first, last, sum, lost
struct HistogramMarks {
    let bits: Int64

    init(_ window: HistogramAggregate) {
        let hints = [window.first.hint, window.last.hint, window.sum?.hint ?? .unknown, window.lost?.hint ?? .unknown]
        var bits: Int64 = window.first.isSameSample(as: window.last) ? 1 : 0
        if window.sum != nil { bits |= 2 }
        if window.lost != nil { bits |= 4 }
        for (place, hint) in hints.enumerated() { bits |= Int64(hint.rawValue) << Int64(3 + 2 * place) }
        self.bits = bits
    }

    /// Nil for bits that are not known.
    init?(bits: Int64) {
        guard bits >> 11 == 0 else { return nil }
        self.bits = bits
    }

    var firstIsLast: Bool { bits & 1 != 0 }
    var hasSum: Bool { bits & 2 != 0 }
    var hasLost: Bool { bits & 4 != 0 }
    var firstHint: CounterResetHint { hint(0) }
    var lastHint: CounterResetHint { hint(1) }
    var sumHint: CounterResetHint { hint(2) }
    var lostHint: CounterResetHint { hint(3) }

    private func hint(_ place: Int64) -> CounterResetHint { CounterResetHint(rawValue: UInt8(bits >> (3 + 2 * place) & 3)) ?? .unknown }
}

extension NativeHistogram {
    func with(_ hint: CounterResetHint) -> NativeHistogram {
        switch self {
        case .whole(var histogram):
            histogram.hint = hint
            return .whole(histogram)
        case .fractional(var histogram):
            histogram.hint = hint
            return .fractional(histogram)
        }
    }
}

extension FloatHistogram {
    /// With whole counts if that is the same, because those take fewer bytes.
    var narrowed: NativeHistogram {
        guard let count = Self.whole(count), let zeroCount = Self.whole(zeroCount) else { return .fractional(self) }
        let positive = positiveCounts.compactMap(Self.whole)
        let negative = negativeCounts.compactMap(Self.whole)
        guard positive.count == positiveCounts.count, negative.count == negativeCounts.count else { return .fractional(self) }
        return .whole(
            Histogram(
                hint: hint, layout: layout, count: UInt64(count), zeroCount: UInt64(zeroCount), sum: sum,
                positiveDeltas: Histogram.deltas(positive), negativeDeltas: Histogram.deltas(negative)))
    }

    private static func whole(_ count: Double) -> Int64? {
        guard count >= 0, count <= Double(ValueForm.greatest), Double(Int64(count)).bitPattern == count.bitPattern else { return nil }
        return Int64(count)
    }
}
