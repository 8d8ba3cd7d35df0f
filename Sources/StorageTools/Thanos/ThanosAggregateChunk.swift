import Chunks
public import Model
public import TSDB

/// A chunk of a downsampled block of Thanos, which has five slots:
///
///     slot: | uvarint length of the data | encoding, unless the length is 0 | data |      count, sum, minimum, maximum, counter
///
/// Each is an ordinary chunk with one sample a window; what there is not of native histograms has the length 0. The counter has a sample more at the
/// beginning, the first of all, and one more at the end, the last of all at the time of the sample before: from these, readers see resets between
/// chunks. In between it goes up by all that was counted.
///
/// Windows of Thanos have the sample at their beginning and not the one at their end; ours have it the other way round. So a sample on the border of
/// two windows is told a millisecond early.
public struct ThanosAggregateChunk: Sendable {
    /// The number in a block's chunk segment.
    static let encoding = ChunkEncoding(rawValue: 0xff)
    /// No chunk has more windows.
    static let windowsPerChunk = 140

    public let range: TimeRange
    /// How many windows it has.
    public let count: Int
    public let bytes: [UInt8]

    init(range: TimeRange, count: Int, slots: [EncodedSlot?]) {
        (self.range, self.count) = (range, count)
        bytes = slots.flatMap { $0?.bytes ?? [0] }
    }

    /// The chunks of a series' windows of floats. Those without a number in them, which have none in Thanos either, are left out.
    public static func encode(_ windows: [Aggregate]) -> [ThanosAggregateChunk] {
        let filled = windows.filter { $0.count > 0 && !$0.minimum.isNaN }
        let parts = (filled.count + windowsPerChunk - 1) / windowsPerChunk
        return (0..<parts).map { chunk(filled[filled.count * $0 / parts..<filled.count * ($0 + 1) / parts]) }
    }

    private static func chunk(_ windows: ArraySlice<Aggregate>) -> ThanosAggregateChunk {
        var (counts, sums, minima, maxima, counter) = (FloatSlot(), FloatSlot(), FloatSlot(), FloatSlot(), FloatSlot())
        let times = ThanosTimes(windows.map { ($0.end, $0.firstTime, $0.lastTime) })
        var total = CounterTotal()
        for (window, time) in zip(windows, times.ends) {
            if counter.isEmpty { counter.append(times.first, window.first) }
            total.add(window)
            counts.append(time, Double(window.count))
            sums.append(time, window.sum)
            minima.append(time, window.minimum)
            maxima.append(time, window.maximum)
            counter.append(time, total.value)
        }
        counter.append(times.last, total.last)
        return ThanosAggregateChunk(
            range: TimeRange(from: times.first, through: times.last), count: windows.count,
            slots: [counts, sums, minima, maxima, counter].map(\.encoded))
    }
}

/// At which times Thanos would tell of windows: right before their ends, and of the last one at its last sample, if that is earlier.
struct ThanosTimes {
    let first: Timestamp
    private(set) var ends: [Timestamp]

    init(_ windows: [(end: Timestamp, first: Timestamp, last: Timestamp)]) {
        ends = windows.map { $0.end - 1 }
        if let last = windows.last { ends[ends.count - 1] = min(last.end - 1, last.last) }
        first = min(windows.first?.first ?? 0, ends.first ?? 0)
    }

    var last: Timestamp { ends.last ?? first }
}

/// What a counter has counted since the beginning of a chunk, on top of its first value.
private struct CounterTotal {
    private(set) var value = 0.0
    private(set) var last: Double = .nan

    mutating func add(_ window: Aggregate) {
        if last.isNaN {
            value += window.first.isNaN ? 0 : window.first
        } else {
            gain(window.first < last ? window.first : window.first - last)
        }
        gain(window.last - window.first + window.lost)
        // A window that ends without a number is gone on from where there was one.
        last = [window.last, window.first].first { !$0.isNaN } ?? last
    }

    /// What is not a number adds nothing: Thanos leaves such samples out.
    private mutating func gain(_ increase: Double) { if !increase.isNaN { value += increase } }
}

/// A slot's chunk.
struct EncodedSlot {
    let encoding: ChunkEncoding
    let chunk: [UInt8]

    /// As it stands in the slot.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        var length = chunk.count
        while length >= 0x80 {
            bytes.append(UInt8(length & 0x7f) | 0x80)
            length >>= 7
        }
        return bytes + [UInt8(length), encoding.rawValue] + chunk
    }
}

/// The open chunk of a slot of floats.
struct FloatSlot {
    private var state = XORState()
    private var memory: [UInt8] = []

    var isEmpty: Bool { state.count == 0 }

    mutating func append(_ time: Timestamp, _ value: Double) {
        let room = state.byteCount + XORState.appendReserve
        if memory.count < room { memory += [UInt8](repeating: 0, count: max(room - memory.count, memory.count)) }
        memory.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { preconditionFailure("BUG: a chunk without memory") }
            state.append(time, value, to: base)
        }
    }

    var encoded: EncodedSlot { EncodedSlot(encoding: .xor, chunk: Array(memory[..<state.byteCount])) }
}
