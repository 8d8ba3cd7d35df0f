import Model

/// The encoder of one open chunk of histograms of one kind. The format is Prometheus's chunk encodings 2 and 3:
///
///     | u16 big-endian sample count | flags | layout | first sample | sample | …
///
/// The two highest bits of the flags tell what the chunk's first sample is to the sample before it: `10` a counter reset, `01` none, `00` unknown,
/// `11` for gauges. A sample is its time, count, zero count, sum and the numbers of all buckets in the layout, each the way its `NumberCoder` has it;
/// a stale marker ends behind the sum.
struct HistogramEncoder<H: ChunkHistogram>: Sendable {
    private var buffer = BitBuffer(header: [0, 0, 0])
    private(set) var count = 0
    let firstTime: Timestamp
    private(set) var lastTime: Timestamp
    /// The sample added last, in the chunk's layout.
    private(set) var last: H
    /// What the flags say.
    let flags: CounterResetHint
    private var time = DeltaCoder()
    private var total = H.Coder()
    private var zero = H.Coder()
    private var sum = XORCoder()
    private var buckets: [H.Coder] = []

    /// Begins a chunk with a sample, whose layout becomes the chunk's.
    init(_ time: Timestamp, _ histogram: H, flags: CounterResetHint) {
        self.flags = flags
        firstTime = time
        lastTime = time
        last = histogram
        buffer[2] = HistogramFlags.bits(flags)
        putFirst(time, histogram.isStale ? .staleMarker : histogram)
    }

    var isGauge: Bool { flags == .gauge }
    var byteCount: Int { buffer.byteCount }
    var bytes: [UInt8] { buffer.content }
    var bucketCount: Int { buckets.count }

    private mutating func putFirst(_ time: Timestamp, _ histogram: H) {
        LayoutCoding.put(histogram.layout, &buffer)
        self.time.putFirst(UInt64(bitPattern: time), &buffer)
        total.putFirstCount(histogram.countBits, &buffer)
        zero.putFirstCount(histogram.zeroCountBits, &buffer)
        sum.putFirst(histogram.sum.bitPattern, &buffer)
        for number in histogram.bucketBits {
            var coder = H.Coder()
            coder.putFirst(number, &buffer)
            buckets.append(coder)
        }
        added(time, histogram)
    }

    /// Adds a sample that is stale or has the chunk's layout.
    mutating func append(_ time: Timestamp, _ histogram: H) {
        self.time.putNext(UInt64(bitPattern: time), &buffer)
        if histogram.isStale {
            total.putNothing(&buffer)
            zero.putNothing(&buffer)
            sum.putNext(StaleMarker.bits, &buffer)
            return added(time, .staleMarker)
        }
        total.putNext(histogram.countBits, &buffer)
        zero.putNext(histogram.zeroCountBits, &buffer)
        sum.putNext(histogram.sum.bitPattern, &buffer)
        let numbers = histogram.bucketBits
        precondition(numbers.count == buckets.count, "BUG: a histogram that does not fit its chunk")
        for i in numbers.indices { buckets[i].putNext(numbers[i], &buffer) }
        added(time, histogram)
    }

    private mutating func added(_ time: Timestamp, _ histogram: H) {
        lastTime = time
        last = histogram
        count += 1
        precondition(count <= UInt16.max, "BUG: a chunk was never closed")
        buffer[0] = UInt8(count >> 8)
        buffer[1] = UInt8(count & 0xff)
    }
}

/// The flags byte of a histogram chunk.
enum HistogramFlags {
    static func bits(_ hint: CounterResetHint) -> UInt8 {
        switch hint {
        case .unknown: 0
        case .noReset: 0b0100_0000
        case .reset: 0b1000_0000
        case .gauge: 0b1100_0000
        }
    }

    /// What is told of a sample. That there was no reset before the chunk is not: the chunk before may be gone by now.
    static func hint(_ flags: UInt8, isFirst: Bool) -> CounterResetHint {
        switch flags & 0b1100_0000 {
        case 0b1100_0000: .gauge
        case _ where !isFirst: .noReset
        case 0b1000_0000: .reset
        default: .unknown
        }
    }
}
