public import Model

extension XORChunk {
    /// How many samples Prometheus wants in a chunk.
    public static let samplesPerChunk = 120

    /// Encodes samples in ascending order of time as chunks of `samplesPerChunk` (at most 65,535) samples; the last one has what is left.
    public static func encode(
        times: UnsafeBufferPointer<Timestamp>, values: UnsafeBufferPointer<Double>, samplesPerChunk: Int = Self.samplesPerChunk
    ) -> [EncodedChunk] {
        precondition(times.count == values.count && samplesPerChunk > 0 && samplesPerChunk <= UInt16.max, "BUG: samples that are no chunks")
        return stride(from: 0, to: times.count, by: samplesPerChunk).map { start in
            let end = min(start + samplesPerChunk, times.count)
            return EncodedChunk(
                encoding: .xor, firstTime: times[start], lastTime: times[end - 1], bytes: bytes(times, values, start..<end))
        }
    }

    /// The same for arrays.
    public static func encode(_ times: [Timestamp], _ values: [Double], samplesPerChunk: Int = Self.samplesPerChunk) -> [EncodedChunk] {
        times.withUnsafeBufferPointer { times in
            values.withUnsafeBufferPointer { encode(times: times, values: $0, samplesPerChunk: samplesPerChunk) }
        }
    }

    /// The same for the samples of a column from `start` on.
    public static func encode(_ column: SampleColumn, from start: Int = 0, samplesPerChunk: Int = Self.samplesPerChunk) -> [EncodedChunk] {
        let count = column.count - start
        return encode(
            times: UnsafeBufferPointer(start: column.times + start, count: count),
            values: UnsafeBufferPointer(start: column.values + start, count: count), samplesPerChunk: samplesPerChunk)
    }

    private static func bytes(
        _ times: UnsafeBufferPointer<Timestamp>, _ values: UnsafeBufferPointer<Double>, _ range: Range<Int>
    ) -> [UInt8] {
        let room = range.count * XORState.longestSample + XORState.appendReserve
        return withUnsafeTemporaryAllocation(byteCount: room, alignment: 8) { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("BUG: no memory for a chunk") }
            var state = XORState()
            for i in range { state.append(times[i], values[i], to: base) }
            return Array(UnsafeRawBufferPointer(start: base, count: state.byteCount))
        }
    }
}
