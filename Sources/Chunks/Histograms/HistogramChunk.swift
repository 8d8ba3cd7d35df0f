public import Model

/// Reading chunks of Prometheus's encodings 2 and 3; `HistogramChunkBuilder` writes them.
public enum HistogramChunk {
    /// The smallest chunk there can be: its count and flags.
    static let headerSize = 3

    /// Appends the histograms with `from ≤ time ≤ through` to `column`; nothing for chunks of another encoding.
    ///
    /// Throws `ChunkError` if the bytes end too soon, make no sense, or have a schema that is not known; `column` then is as it was.
    public static func decode(
        _ chunk: UnsafeRawBufferPointer, encoding: ChunkEncoding, from: Timestamp = .min, through: Timestamp = .max, into column: HistogramColumn
    ) throws(ChunkError) {
        let start = column.count
        do {
            switch encoding {
            case .histogram:
                try walk(chunk, through: through) { (time, histogram: Histogram) in
                    if time >= from { column.append(time, .whole(histogram)) }
                }
            case .floatHistogram:
                try walk(chunk, through: through) { (time, histogram: FloatHistogram) in
                    if time >= from { column.append(time, .fractional(histogram)) }
                }
            default: break
            }
        } catch {
            column.truncate(to: start)
            throw error
        }
    }

    /// Hands over the samples up to a time.
    static func walk<H: ChunkHistogram>(
        _ chunk: UnsafeRawBufferPointer, through: Timestamp = .max, _ body: (Timestamp, H) -> Void
    ) throws(ChunkError) {
        guard chunk.count > headerSize, let base = chunk.baseAddress else {
            guard chunk.count == headerSize, XORChunk.count(chunk) == 0 else {
                throw ChunkError(offset: chunk.count, reason: "ends within its header")
            }
            return
        }
        let count = XORChunk.count(chunk)
        guard count > 0 else { return }
        var decoder = try HistogramDecoder<H>(BitReader(base, count: chunk.count, offset: headerSize), length: chunk.count, flags: chunk[2])
        for position in 0..<count {
            let (time, histogram) = try decoder.next(isFirst: position == 0)
            if time > through { return }
            body(time, histogram)
        }
    }
}

private struct HistogramDecoder<H: ChunkHistogram> {
    private var reader: BitReader
    private let layout: HistogramLayout
    private let flags: UInt8
    private let positives: Int
    private var time = DeltaCoder()
    private var total = H.Coder()
    private var zero = H.Coder()
    private var sum = XORCoder()
    private var buckets: [H.Coder]

    init(_ reader: BitReader, length: Int, flags: UInt8) throws(ChunkError) {
        self.reader = reader
        self.flags = flags
        layout = try LayoutCoding.take(&self.reader, limit: length * 8)
        positives = layout.positiveBuckets
        buckets = [H.Coder](repeating: H.Coder(), count: positives + layout.negativeBuckets)
    }

    mutating func next(isFirst: Bool) throws(ChunkError) -> (Timestamp, H) {
        guard let sample = isFirst ? takeFirst() : takeNext() else {
            throw ChunkError(offset: reader.offset, reason: "more than 64 significant bits in a number")
        }
        if reader.overrun { throw ChunkError(offset: reader.offset, reason: "ends before its samples do") }
        return sample
    }

    private mutating func takeFirst() -> (Timestamp, H) {
        let time = Timestamp(bitPattern: self.time.takeFirst(&reader))
        let total = self.total.takeFirstCount(&reader)
        let zero = self.zero.takeFirstCount(&reader)
        let sum = Double(bitPattern: self.sum.takeFirst(&reader))
        let numbers = buckets.indices.map { buckets[$0].takeFirst(&reader) }
        return (time, histogram(total, zero, sum, numbers, isFirst: true))
    }

    private mutating func takeNext() -> (Timestamp, H)? {
        guard let time = self.time.takeNext(&reader), let total = self.total.takeNext(&reader), let zero = self.zero.takeNext(&reader),
            let sumBits = sum.takeNext(&reader)
        else { return nil }
        let sum = Double(bitPattern: sumBits)
        var numbers: [UInt64] = []
        if !StaleMarker.isStale(sum) {
            numbers.reserveCapacity(buckets.count)
            for i in buckets.indices {
                guard let number = buckets[i].takeNext(&reader) else { return nil }
                numbers.append(number)
            }
        }
        return (Timestamp(bitPattern: time), histogram(total, zero, sum, numbers, isFirst: false))
    }

    private func histogram(_ total: UInt64, _ zero: UInt64, _ sum: Double, _ numbers: [UInt64], isFirst: Bool) -> H {
        if StaleMarker.isStale(sum) { return .staleMarker }
        return H(
            hint: HistogramFlags.hint(flags, isFirst: isFirst), layout: layout, count: total, zeroCount: zero, sum: sum,
            positive: Array(numbers[..<positives]), negative: Array(numbers[positives...]))
    }
}
