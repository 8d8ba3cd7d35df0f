public import Model

/// Chunks of windows of native histograms: encoding `histogramAggregates`.
///
///     | window frame | column: marks | column: resets | first | last | sum | lost | seven zero bytes |
///
/// Each of the four kinds of histograms is a `HistogramStream` of those that there are. Sources/TSDB/Formats/tiers.md has it all.
public enum HistogramAggregateChunk {
    /// Encodes the windows of one series, whose ends are multiples of `resolution` and ascend, as chunks of about the same length.
    ///
    /// A histogram that is read again may have more empty buckets than it had.
    public static func encode(_ windows: [HistogramAggregate], resolution: Int64) -> [EncodedChunk] {
        AggregateChunk.split(windows.indices).map { part in
            EncodedChunk(
                encoding: .histogramAggregates, firstTime: windows[part.lowerBound].end - resolution + 1, lastTime: windows[part.upperBound - 1].end,
                bytes: bytes(windows[part], resolution))
        }
    }

    private static func bytes(_ windows: ArraySlice<HistogramAggregate>, _ resolution: Int64) -> [UInt8] {
        var sink = ByteSink()
        let frame = frame(windows)
        withExtendedLifetime(frame) { sink.put(frame: WindowMemory(frame, 0..<windows.count), resolution: resolution) }
        let filled = windows.filter { $0.count > 0 }
        sink.put(column: windows.map { $0.count > 0 ? HistogramMarks($0).bits : 0 })
        sink.put(column: windows.map { $0.count > 0 ? $0.resets : 0 })
        sink.putSized { $0.put(histograms: filled.filter { !HistogramMarks($0).firstIsLast }.map(\.first)) }
        sink.putSized { $0.put(histograms: filled.map(\.last)) }
        sink.putSized { $0.put(histograms: filled.compactMap { $0.sum?.narrowed }) }
        sink.putSized { $0.put(histograms: filled.compactMap { $0.lost?.narrowed }) }
        sink.putSlack()
        return sink.bytes
    }

    private static func frame(_ windows: ArraySlice<HistogramAggregate>) -> AggregateColumn {
        let column = AggregateColumn(capacity: windows.count)
        for window in windows {
            var aggregate = Aggregate(Sample(time: window.end, value: 0))
            (aggregate.count, aggregate.firstTime, aggregate.lastTime) = (window.count, window.firstTime, window.lastTime)
            (aggregate.staleTime, aggregate.isMerged) = (window.staleTime, window.isMerged)
            column.append(aggregate)
        }
        return column
    }

    /// Appends the windows that overlap `from...through`.
    ///
    /// Throws `ChunkError` if the bytes cannot be what `encode` made; `windows` then is as it was.
    public static func decode(
        _ bytes: UnsafeRawBufferPointer, from: Timestamp = .min, through: Timestamp = .max, into windows: inout [HistogramAggregate]
    ) throws(ChunkError) {
        var source = try AggregateChunk.body(bytes)
        let count = XORChunk.count(bytes)
        let column = AggregateColumn(capacity: count)
        let frame = try WindowFrame(&source, count: count, from: from, through: through, firstTimes: true, into: column)
        guard !frame.flags.contains(.resets) else { throw source.error("flags of windows of floats") }
        guard !frame.wanted.isEmpty else { return }
        var reader = try HistogramWindowReader(&source, frame, column)
        guard source.isAtEnd else { throw source.error("bytes behind the last histograms") }
        var read: [HistogramAggregate] = []
        for i in 0..<frame.wanted.upperBound {
            let window = try reader.next(i)
            if frame.wanted.contains(i) { read.append(window) }
        }
        if frame.wanted.upperBound == count { try reader.checkEnd() }
        windows += read
    }
}

/// Reads the windows of a chunk of histograms, one after the other.
private struct HistogramWindowReader {
    private let column: AggregateColumn
    private let marks: [Int64]
    private let resets: [Int64]
    private var firsts: HistogramStream
    private var lasts: HistogramStream
    private var sums: HistogramStream
    private var losses: HistogramStream
    /// Where marks and resets end.
    private let place: Int

    init(_ source: inout ByteSource, _ frame: WindowFrame, _ column: AggregateColumn) throws(ChunkError) {
        self.column = column
        marks = try Self.integers(&source, frame)
        resets = try Self.integers(&source, frame)
        place = source.next
        (firsts, lasts) = (try HistogramStream(&source), try HistogramStream(&source))
        (sums, losses) = (try HistogramStream(&source), try HistogramStream(&source))
    }

    private static func integers(_ source: inout ByteSource, _ frame: WindowFrame) throws(ChunkError) -> [Int64] {
        let column = try IntegerColumn(&source)
        let memory = UnsafeMutablePointer<Int64>.allocate(capacity: frame.wanted.upperBound)
        defer { memory.deallocate() }
        try column.read(frame.wanted.upperBound, of: frame.count, into: memory)
        return Array(UnsafeBufferPointer(start: memory, count: frame.wanted.upperBound))
    }

    /// Window `i`, which must be the one behind that which was read before.
    mutating func next(_ i: Int) throws(ChunkError) -> HistogramAggregate {
        var window = HistogramAggregate(time: column.ends[i], .fractional(.staleMarker))
        (window.count, window.firstTime, window.lastTime) = (column.counts[i], column.firstTimes[i], column.lastTimes[i])
        window.staleTime = column.staleTimes[i] == AggregateColumn.notStale ? nil : column.staleTimes[i]
        window.isMerged = column.merged[i]
        guard window.count > 0 else { return window }
        guard let marks = HistogramMarks(bits: marks[i]) else { throw ChunkError(offset: place, reason: "a window with marks \(marks[i])") }
        guard 0...Aggregate.greatestCount ~= resets[i] else { throw ChunkError(offset: place, reason: "a window of \(resets[i]) resets") }
        window.resets = resets[i]
        window.last = try lasts.take(marks.lastHint)
        window.first = try marks.firstIsLast ? window.last.with(marks.firstHint) : firsts.take(marks.firstHint)
        if marks.hasSum { window.sum = try sums.take(marks.sumHint).fractions }
        if marks.hasLost { window.lost = try losses.take(marks.lostHint).fractions }
        return window
    }

    /// To be called behind the last window. Throws if there are histograms that no window has.
    func checkEnd() throws(ChunkError) { for stream in [firsts, lasts, sums, losses] { try stream.checkEnd() } }
}
