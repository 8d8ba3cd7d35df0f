import Chunks
import Model

/// The chunks of one series on their way into a block: those that nothing touches go through byte for byte, the others are decoded, put together and
/// encoded anew.
final class ChunkMerge {
    private struct Piece {
        let chunk: ChunkView
        /// Which source it came from, and as which of all chunks.
        let source: Int
        let number: Int
        let isTouched: Bool
    }

    /// What is wanted at all.
    private let range: TimeRange
    private let skipsDamage: Bool
    private let encodesAnew: Bool
    private let joinsShort: Bool
    private var pieces: [Piece] = []
    /// What was deleted, by source.
    private var deletions: [[TimeRange]] = []
    private let merged = SampleColumn()
    private let histograms = HistogramColumn()
    /// The bytes of chunks that were encoded anew.
    private let output = ByteStore()
    private var encoded: [(encoding: ChunkEncoding, range: TimeRange, offset: Int, length: Int)] = []
    /// In the order of time; nil stands for the next of `encoded`.
    private var order: [ChunkView?] = []

    /// With `skipsDamage` chunks that cannot be decoded are left out; otherwise `result` throws. With `encodesAnew` no chunk goes through as it is:
    /// for those that are much shorter than chunks should be. With `joinsShort` that is so for the series whose samples lie in more chunks than they
    /// need.
    init(range: TimeRange, skipsDamage: Bool = false, encodesAnew: Bool = false, joinsShort: Bool = false) {
        self.range = range
        self.encodesAnew = encodesAnew
        self.joinsShort = joinsShort
        self.skipsDamage = skipsDamage
    }

    func removeAll() {
        pieces.removeAll(keepingCapacity: true)
        deletions.removeAll(keepingCapacity: true)
    }

    /// Adds the chunks of one source, from which `deleted`, ascending and disjoint, was deleted. Of two samples with one time that which was added
    /// first stays, as in queries.
    func add(_ chunks: [ChunkView], deleted: [TimeRange]) {
        for chunk in chunks where chunk.range.overlaps(range) {
            if deleted.contains(where: { $0.covers(chunk.range) }) { continue }
            let isTouched = !range.covers(chunk.range) || deleted.contains { $0.overlaps(chunk.range) }
            pieces.append(Piece(chunk: chunk, source: deletions.count, number: pieces.count, isTouched: isTouched))
        }
        deletions.append(deleted)
    }

    /// The series' chunks in order of time, without overlap. Valid until the next call. Throws `ChunkError` if one cannot be decoded.
    func result() throws(ChunkError) -> [ChunkView] {
        sortPieces()
        // What cannot be joined, because a chunk is damaged, goes through as far as it can.
        if joinsShort, areTooMany, let joined = try? result(encodesAnew: true) { return joined }
        return try result(encodesAnew: encodesAnew)
    }

    /// Whether one chunk of float samples in sixteen could be spared.
    private var areTooMany: Bool {
        guard pieces.count > 1, pieces.allSatisfy({ $0.chunk.encoding == .xor }) else { return false }
        var samples = 0
        var bytes = 0
        for piece in pieces {
            samples += XORChunk.count(piece.chunk.bytes)
            bytes += piece.chunk.bytes.count
        }
        let perChunk = Int(ChunkStore.samplesPerChunk)
        let needed = max((samples + perChunk - 1) / perChunk, bytes / ChunkStore.closeBeyond + 1)
        return pieces.count * 16 >= needed * 17
    }

    private func result(encodesAnew: Bool) throws(ChunkError) -> [ChunkView] {
        output.removeAll()
        encoded.removeAll(keepingCapacity: true)
        order.removeAll(keepingCapacity: true)
        var start = 0
        while start < pieces.count {
            let end = encodesAnew ? pieces.count : endOfOverlap(start)
            if end == start + 1, !encodesAnew, !pieces[start].isTouched {
                order.append(pieces[start].chunk)
            } else {
                try merge(start..<end)
            }
            start = end
        }
        return finished()
    }

    private func sortPieces() {
        // The parts of a merge mostly follow one another.
        let isSorted = pieces.indices.dropFirst().allSatisfy { pieces[$0 - 1].chunk.range.from <= pieces[$0].chunk.range.from }
        if !isSorted { pieces.sort { ($0.chunk.range.from, $0.number) < ($1.chunk.range.from, $1.number) } }
    }

    /// Behind the last piece that overlaps, directly or through others, the one at `start`.
    private func endOfOverlap(_ start: Int) -> Int {
        var through = pieces[start].chunk.range.through
        var end = start + 1
        while end < pieces.count, pieces[end].chunk.range.from <= through {
            through = max(through, pieces[end].chunk.range.through)
            end += 1
        }
        return end
    }

    /// How much of either kind there is.
    private struct Fill {
        var floats = 0
        var histograms = 0
    }

    private var fill: Fill { Fill(floats: merged.count, histograms: histograms.count) }

    private func merge(_ group: Range<Int>) throws(ChunkError) {
        merged.removeAll()
        histograms.removeAll()
        var run = fill
        var source = -1
        for piece in pieces[group].sorted(by: { $0.number < $1.number }) {
            if piece.source != source {
                mergeTails(from: run, into: Fill())
                run = fill
                source = piece.source
            }
            let start = fill
            do {
                try decode(piece)
            } catch {
                if !skipsDamage { throw error }
                merged.count = start.floats
                histograms.truncate(to: start.histograms)
            }
            mergeTails(from: start, into: run)
        }
        mergeTails(from: run, into: Fill())
        if histograms.count == 0 { encodeFloats(0..<merged.count) } else { encodeBoth() }
    }

    private func mergeTails(from start: Fill, into first: Fill) {
        merged.mergeTail(from: start.floats, into: first.floats)
        histograms.mergeTail(from: start.histograms, into: first.histograms)
    }

    /// Adds what is wanted of a chunk to `merged` or `histograms`.
    private func decode(_ piece: Piece) throws(ChunkError) {
        let start = fill
        let from = max(range.from, piece.chunk.range.from)
        let through = min(range.through, piece.chunk.range.through)
        let deleted = deletions[piece.source]
        if piece.chunk.encoding.holdsHistograms {
            try ChunkDecoder.decode(piece.chunk.bytes, piece.chunk.encoding, from: from, through: through, into: histograms)
            try checkOrder(start.histograms..<histograms.count) { histograms.times[$0] }
            if !deleted.isEmpty { histograms.retain(from: start.histograms) { time in !deleted.contains { $0.contains(time) } } }
        } else {
            try ChunkDecoder.decode(piece.chunk.bytes, piece.chunk.encoding, from: from, through: through, into: merged)
            let times = merged.times
            try checkOrder(start.floats..<merged.count) { times[$0] }
            drop(deleted, from: start.floats)
        }
    }

    @inline(__always)
    private func checkOrder(_ places: Range<Int>, _ time: (Int) -> Timestamp) throws(ChunkError) {
        for at in places.dropLast() where time(at) >= time(at + 1) {
            throw ChunkError(offset: 0, reason: "times do not ascend: \(time(at + 1)) follows \(time(at))")
        }
    }

    /// Takes out what lies in the ranges.
    private func drop(_ deleted: [TimeRange], from start: Int) {
        guard !deleted.isEmpty else { return }
        var kept = start
        var next = 0
        for at in start..<merged.count {
            let time = merged.times[at]
            while next < deleted.count, deleted[next].through < time { next += 1 }
            if next < deleted.count, deleted[next].from <= time { continue }
            merged.times[kept] = time
            merged.values[kept] = merged.values[at]
            kept += 1
        }
        merged.count = kept
    }

    private func encodeFloats(_ places: Range<Int>) {
        var start = places.lowerBound
        while start < places.upperBound {
            let end = min(start + Int(ChunkStore.samplesPerChunk), places.upperBound)
            let offset = output.count
            let length = output.putXOR(merged.times + start, merged.values + start, count: end - start)
            encoded.append((.xor, TimeRange(from: merged.times[start], through: merged.times[end - 1]), offset, length))
            order.append(nil)
            start = end
        }
    }

    /// Chunks of floats and of histograms by turns, so that they do not overlap. Where a time has both, the float stays.
    private func encodeBoth() {
        var float = 0
        var histogram = 0
        while float < merged.count || histogram < histograms.count {
            let start = float
            while float < merged.count, histogram == histograms.count || merged.times[float] <= histograms.times[histogram] {
                if histogram < histograms.count, merged.times[float] == histograms.times[histogram] { histogram += 1 }
                float += 1
            }
            encodeFloats(start..<float)
            let first = histogram
            while histogram < histograms.count, float == merged.count || histograms.times[histogram] < merged.times[float] { histogram += 1 }
            encodeHistograms(first..<histogram)
        }
    }

    private func encodeHistograms(_ places: Range<Int>) {
        var builder = HistogramChunkBuilder()
        for at in places {
            if let chunk = builder.append(histograms.times[at], histograms.histograms[at], cutting: builder.isFull) { put(chunk) }
        }
        if let chunk = builder.finish() { put(chunk) }
    }

    private func put(_ chunk: Chunks.EncodedChunk) {
        encoded.append((chunk.encoding, TimeRange(from: chunk.firstTime, through: chunk.lastTime), output.count, chunk.bytes.count))
        chunk.bytes.withUnsafeBytes { output.append($0) }
        order.append(nil)
    }

    private func finished() -> [ChunkView] {
        // Only now the output does not move any more.
        var next = encoded.makeIterator()
        return order.compactMap { chunk in
            if let chunk { return chunk }
            guard let new = next.next() else { return nil }
            let bytes = UnsafeRawBufferPointer(rebasing: output.bytes[new.offset..<new.offset + new.length])
            return ChunkView(encoding: new.encoding, range: new.range, bytes: bytes)
        }
    }
}

extension ByteStore {
    /// Appends samples as a chunk of encoding 1; makes the room itself. Returns the chunk's length.
    func putXOR(_ times: UnsafePointer<Timestamp>, _ values: UnsafePointer<Double>, count samples: Int) -> Int {
        reserve(samples * 20 + XORState.appendReserve)
        var state = XORState()
        let start = base + count
        for at in 0..<samples { state.append(times[at], values[at], to: start) }
        skip(state.byteCount)
        return state.byteCount
    }
}
