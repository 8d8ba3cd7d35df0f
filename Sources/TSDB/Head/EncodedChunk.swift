import Chunks
import Model

extension ClosedChunk {
    /// Samples in order of time as chunks in memory that `allocate` gives: usually one, more only where times are further apart than a chunk can
    /// tell.
    static func encode(_ samples: [Sample], allocate: (Int) -> UnsafeMutableRawPointer) -> [ClosedChunk] {
        var result: [ClosedChunk] = []
        var rest = samples[...]
        while let first = rest.first {
            let end = rest.firstIndex { UInt64(bitPattern: $0.time &- first.time) > UInt64(UInt32.max) } ?? rest.endIndex
            result.append(encode(first.time, rest[..<end], allocate))
            rest = rest[end...]
        }
        return result
    }

    private static func encode(
        _ first: Timestamp, _ samples: ArraySlice<Sample>, _ allocate: (Int) -> UnsafeMutableRawPointer
    ) -> ClosedChunk {
        withUnsafeTemporaryAllocation(byteCount: samples.count * 20 + XORState.appendReserve, alignment: 8) { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("BUG: no memory for a chunk") }
            var state = XORState()
            for sample in samples { state.append(sample.time, sample.value, to: base) }
            let memory = allocate(state.byteCount)
            memory.copyMemory(from: base, byteCount: state.byteCount)
            return ClosedChunk(
                bytes: memory, firstTime: first, span: UInt32(state.lastTime - first), encoding: .xor, length: state.byteCount)
        }
    }

    /// All samples; `scratch` is overwritten. The chunk must hold floats.
    func samples(_ scratch: SampleColumn) throws(ChunkError) -> [Sample] {
        scratch.removeAll()
        try ChunkDecoder.decode(buffer, encoding, into: scratch)
        return (0..<scratch.count).map { Sample(time: scratch.times[$0], value: scratch.values[$0]) }
    }

    /// What is left of a chunk of any encoding without the samples of a time range, encoded anew as a chunk before and one behind it; nil if nothing
    /// goes. `scratch` is overwritten.
    func trimmed(
        _ range: TimeRange, _ scratch: SampleColumn, allocate: (Int) -> UnsafeMutableRawPointer
    ) throws(ChunkError) -> [ClosedChunk]? {
        if range.from <= firstTime, range.through >= lastTime { return [] }
        if encoding.holdsHistograms { return try trimmedHistograms(range, allocate) }
        let kept = try samples(scratch).filter { !range.contains($0.time) }
        if kept.count == count { return nil }
        let behind = kept.behind(range)
        return Self.encode(Array(kept[..<behind]), allocate: allocate) + Self.encode(Array(kept[behind...]), allocate: allocate)
    }

    private func trimmedHistograms(_ range: TimeRange, _ allocate: (Int) -> UnsafeMutableRawPointer) throws(ChunkError) -> [ClosedChunk]? {
        let column = HistogramColumn()
        try ChunkDecoder.decode(buffer, encoding, into: column)
        column.retain(from: 0) { !range.contains($0) }
        if column.count == count { return nil }
        var builder = HistogramChunkBuilder()
        var encoded: [EncodedChunk] = []
        for i in 0..<column.count {
            if i > 0, column.times[i] > range.through, column.times[i - 1] < range.from, let chunk = builder.finish() { encoded.append(chunk) }
            if let chunk = builder.append(column.times[i], column.histograms[i]) { encoded.append(chunk) }
        }
        if let chunk = builder.finish() { encoded.append(chunk) }
        return encoded.map { chunk in
            let memory = allocate(chunk.bytes.count)
            memory.copyMemory(from: chunk.bytes, byteCount: chunk.bytes.count)
            return ClosedChunk(
                bytes: memory, firstTime: chunk.firstTime, span: UInt32(chunk.lastTime - chunk.firstTime), encoding: chunk.encoding,
                length: chunk.bytes.count)
        }
    }
}

extension [Sample] {
    /// The first behind a time range.
    func behind(_ range: TimeRange) -> Int { firstIndex { $0.time > range.through } ?? count }
}

extension XORChunk {
    /// All samples; `scratch` is overwritten.
    static func samples(_ chunk: UnsafeRawBufferPointer, _ scratch: SampleColumn) throws(ChunkError) -> [Sample] {
        scratch.removeAll()
        try decode(chunk, into: scratch)
        return (0..<scratch.count).map { Sample(time: scratch.times[$0], value: scratch.values[$0]) }
    }
}
