public import Model

/// Chunks of windows: encoding `aggregates`.
///
///     | window frame | value form | exceptions | varint origin | column: last | column: first |
///     | column: resets | sums: lost | column: minimum | column: maximum | sums: sum | seven zero bytes |
///
/// The columns of values are integers that stand for the values by the value form, each told by its distance from what the others let expect.
/// Sources/TSDB/Formats/tiers.md has it all.
public enum AggregateChunk {
    /// A chunk has at most so many windows, and at least half of them, unless there are fewer.
    public static let windowsPerChunk = 240

    /// Encodes the windows of one series, whose ends are multiples of `resolution` and ascend, as chunks of about the same length.
    public static func encode(_ column: AggregateColumn, _ range: Range<Int>, resolution: Int64) -> [EncodedChunk] {
        split(range).map { part in
            EncodedChunk(
                encoding: .aggregates, firstTime: column.ends[part.lowerBound] - resolution + 1, lastTime: column.ends[part.upperBound - 1],
                bytes: bytes(column, part, resolution))
        }
    }

    /// As few parts of at most `windowsPerChunk` as there can be, none shorter than another by more than one.
    static func split(_ range: Range<Int>) -> [Range<Int>] {
        let parts = (range.count + windowsPerChunk - 1) / windowsPerChunk
        return (0..<parts).map { range.lowerBound + range.count * $0 / parts..<range.lowerBound + range.count * ($0 + 1) / parts }
    }

    private static func bytes(_ column: AggregateColumn, _ part: Range<Int>, _ resolution: Int64) -> [UInt8] {
        let windows = WindowMemory(column, part)
        let values = WindowValues(windows)
        var sink = ByteSink(capacity: 128 + part.count * 8)
        sink.put(frame: windows, resolution: resolution, resets: values.hasResets)
        values.encode(&sink)
        sink.putSlack()
        return sink.bytes
    }

    /// Appends the windows that overlap `from...through`; of each at least what `parts` names.
    ///
    /// Throws `ChunkError` if the bytes cannot be what `encode` made; `column` then is as it was.
    public static func decode(
        _ bytes: UnsafeRawBufferPointer, from: Timestamp = .min, through: Timestamp = .max, _ parts: AggregateParts = .all,
        into column: AggregateColumn
    ) throws(ChunkError) {
        var source = try body(bytes)
        let count = XORChunk.count(bytes)
        column.reserve(count)
        let frame = try WindowFrame(
            &source, count: count, from: from, through: through, firstTimes: parts.contains(.first), into: column)
        guard !frame.wanted.isEmpty else { return }
        try WindowReader(&source, frame, parts, column).read(&source)
        column.keep(frame.wanted)
    }

    /// How long each window is of a chunk of windows of either kind, in milliseconds. Throws `ChunkError` if it does not tell.
    public static func resolution(_ bytes: UnsafeRawBufferPointer) throws(ChunkError) -> Int64 {
        var source = try body(bytes)
        return try WindowFrame.takeHeader(&source).resolution
    }

    /// What lies between the number of windows and the bytes that only fill up.
    static func body(_ bytes: UnsafeRawBufferPointer) throws(ChunkError) -> ByteSource {
        guard let base = bytes.baseAddress, bytes.count >= 2 + IntegerColumn.slack else {
            throw ChunkError(offset: bytes.count, reason: "ends within its header")
        }
        return ByteSource(base: base, 2..<bytes.count - IntegerColumn.slack)
    }
}

extension AggregateColumn {
    /// Makes those of the windows behind the column's last that are in `wanted` its last ones.
    func keep(_ wanted: Range<Int>) {
        if wanted.lowerBound > 0 {
            move(ends, wanted)
            move(counts, wanted)
            move(firstTimes, wanted)
            move(firsts, wanted)
            move(lastTimes, wanted)
            move(lasts, wanted)
            move(sums, wanted)
            move(minima, wanted)
            move(maxima, wanted)
            move(lost, wanted)
            move(resets, wanted)
            move(staleTimes, wanted)
            move(merged, wanted)
        }
        count += wanted.count
    }

    private func move<Element: BitwiseCopyable>(_ array: UnsafeMutablePointer<Element>, _ wanted: Range<Int>) {
        (array + count).update(from: array + count + wanted.lowerBound, count: wanted.count)
    }
}
