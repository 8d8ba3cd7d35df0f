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

    /// The samples of a chunk that holds floats, which others refuse; `scratch` is overwritten.
    func samples(_ scratch: SampleColumn) throws(ChunkError) -> [Sample] {
        guard encoding == .xor else { throw ChunkError(offset: 0, reason: "no floats, but encoding \(encoding.rawValue)") }
        return try XORChunk.samples(buffer, scratch)
    }
}

extension XORChunk {
    /// All samples; `scratch` is overwritten.
    static func samples(_ chunk: UnsafeRawBufferPointer, _ scratch: SampleColumn) throws(ChunkError) -> [Sample] {
        scratch.removeAll()
        try decode(chunk, into: scratch)
        return (0..<scratch.count).map { Sample(time: scratch.times[$0], value: scratch.values[$0]) }
    }
}
