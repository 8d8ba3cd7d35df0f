import Chunks
import Model

/// The samples of one series that came out of order: an open buffer of floats, the chunks it was encoded to whenever it was full, and chunks of
/// histograms.
///
/// The buffer is in order of arrival and the list of chunks in order of their making. Both are only ever appended to in place, so a reader that has
/// copied the pointers and counts keeps what it saw without a lock, and puts it in order itself.
struct OutOfOrderSeries: BitwiseCopyable {
    var open: UnsafeMutablePointer<Sample>?
    var closed: UnsafeMutablePointer<ClosedChunk>?
    var openCount: UInt32 = 0
    var openCapacity: UInt32 = 0
    var closedCount: UInt32 = 0
    var closedCapacity: UInt32 = 0
    /// No sample is earlier or later than these.
    var firstTime = Timestamp.max
    var lastTime = Timestamp.min

    var isEmpty: Bool { openCount == 0 && closedCount == 0 }
    var openSamples: UnsafeBufferPointer<Sample> { UnsafeBufferPointer(start: open, count: Int(openCount)) }
    var closedChunks: UnsafeBufferPointer<ClosedChunk> { UnsafeBufferPointer(start: closed, count: Int(closedCount)) }

    /// Whether a chunk has a part in a time range, or a sample of the buffer is in it.
    func overlaps(_ from: Timestamp, _ through: Timestamp) -> Bool {
        guard !isEmpty, firstTime <= through, lastTime >= from else { return false }
        return openSamples.contains { $0.time >= from && $0.time <= through }
            || closedChunks.contains { $0.firstTime <= through && $0.lastTime >= from }
    }

    /// Appends the samples with `from ≤ time ≤ through` in order of time; of two with one time the one that came first.
    func read(from: Timestamp, through: Timestamp, into column: SampleColumn) throws(ChunkError) {
        let start = column.count
        for chunk in closedChunks where chunk.encoding == .xor && chunk.firstTime <= through && chunk.lastTime >= from {
            try XORChunk.decode(chunk.buffer, from: from, through: through, into: column)
        }
        for sample in openSamples where sample.time >= from && sample.time <= through { column.append(sample.time, sample.value) }
        column.sortTail(from: start)
    }

    /// The same for histograms. The column's earlier ones are left alone.
    func readHistograms(from: Timestamp, through: Timestamp, into column: HistogramColumn) throws(ChunkError) {
        let start = column.count
        for chunk in closedChunks where chunk.encoding.holdsHistograms && chunk.firstTime <= through && chunk.lastTime >= from {
            let before = column.count
            try ChunkDecoder.decode(chunk.buffer, chunk.encoding, from: from, through: through, into: column)
            column.mergeTail(from: before, into: start)
        }
    }

    /// What is there at a time, nil if nothing is; `scratch` is overwritten.
    func sample(at time: Timestamp, _ scratch: SampleColumn) throws(ChunkError) -> SampleValue? {
        guard time >= firstTime, time <= lastTime else { return nil }
        for chunk in closedChunks where chunk.firstTime <= time && time <= chunk.lastTime {
            if let value = try SampleValue(chunk.buffer, chunk.encoding, at: time, scratch) { return value }
        }
        return (openSamples.first { $0.time == time }?.value).map(SampleValue.float)
    }
}

extension SampleColumn {
    /// Puts the samples from `start` on in order of time; of several with one time the first stays.
    func sortTail(from start: Int) {
        guard zip(start..<count, (start..<count).dropFirst()).contains(where: { times[$0] >= times[$1] }) else { return }
        let samples = (start..<count).map { (time: times[$0], place: $0, value: values[$0]) }
        count = start
        for sample in samples.sorted(by: { ($0.time, $0.place) < ($1.time, $1.place) }) {
            if count == start || times[count - 1] != sample.time { append(sample.time, sample.value) }
        }
    }
}
