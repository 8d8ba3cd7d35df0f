import Chunks
import Model

/// The chunks of one series on their way into a block: those that nothing touches go through byte for byte, the others are decoded, put together and
/// encoded anew.
final class ChunkMerge {
    private struct Piece {
        let chunk: ChunkView
        /// Where samples of it are not wanted.
        let deleted: [TimeRange]
        let isTouched: Bool
    }

    /// What is wanted at all.
    private let range: TimeRange
    private var pieces: [Piece] = []
    private let column = SampleColumn()
    private let merged = SampleColumn()
    /// The bytes of chunks that were encoded anew.
    private let output = ByteStore()
    private var encoded: [(encoding: ChunkEncoding, range: TimeRange, offset: Int, length: Int)] = []
    /// In the order of time; nil stands for the next of `encoded`.
    private var order: [ChunkView?] = []

    init(range: TimeRange) { self.range = range }

    func removeAll() { pieces.removeAll(keepingCapacity: true) }

    /// Adds the chunks of one source, from which `deleted` was deleted.
    func add(_ chunks: [ChunkView], deleted: [TimeRange]) {
        for chunk in chunks where chunk.range.overlaps(range) {
            let cuts = deleted.filter { $0.overlaps(chunk.range) }
            if cuts.contains(where: { $0.covers(chunk.range) }) { continue }
            pieces.append(Piece(chunk: chunk, deleted: cuts, isTouched: !cuts.isEmpty || !range.covers(chunk.range)))
        }
    }

    /// The series' chunks in order of time, without overlap. Valid until the next call. Throws `ChunkError` if one cannot be decoded.
    func result() throws(ChunkError) -> [ChunkView] {
        pieces.sort { ($0.chunk.range.from, $0.chunk.range.through) < ($1.chunk.range.from, $1.chunk.range.through) }
        output.removeAll()
        encoded.removeAll(keepingCapacity: true)
        order.removeAll(keepingCapacity: true)
        var start = 0
        while start < pieces.count {
            let end = endOfOverlap(start)
            if end == start + 1, !pieces[start].isTouched {
                order.append(pieces[start].chunk)
            } else {
                try merge(start..<end)
            }
            start = end
        }
        return finished()
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

    private func merge(_ group: Range<Int>) throws(ChunkError) {
        merged.removeAll()
        for piece in pieces[group] {
            column.removeAll()
            try XORChunk.decode(piece.chunk.bytes, from: range.from, through: range.through, into: column)
            let before = merged.count
            for i in 0..<column.count where !piece.deleted.contains(where: { $0.contains(column.times[i]) }) {
                merged.append(column.times[i], column.values[i])
            }
            merged.mergeTail(from: before)
        }
        encodeMerged()
    }

    private func encodeMerged() {
        var start = 0
        while start < merged.count {
            let end = min(start + Int(ChunkStore.samplesPerChunk), merged.count)
            output.reserve((end - start) * 20 + XORState.appendReserve)
            var state = XORState()
            let offset = output.count
            for i in start..<end { state.append(merged.times[i], merged.values[i], to: output.base + offset) }
            output.skip(state.byteCount)
            encoded.append((.xor, TimeRange(from: merged.times[start], through: merged.times[end - 1]), offset, state.byteCount))
            order.append(nil)
            start = end
        }
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
