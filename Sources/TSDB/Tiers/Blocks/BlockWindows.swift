import Chunks
import Model

extension ChunkEncoding {
    /// Whether it is one of a tier's.
    var holdsWindows: Bool { self == .aggregates || self == .histogramAggregates }
}

extension ChunkSegments {
    /// Decodes a chunk's windows that overlap `from...through`; a chunk of histograms has none.
    func readWindows(
        _ reference: UInt64, from: Timestamp, through: Timestamp, _ parts: AggregateParts, into column: AggregateColumn
    ) throws(StorageError) {
        let chunk = try chunk(reference)
        if chunk.encoding == .histogramAggregates { return }
        try telling(reference) { () throws(ChunkError) in
            guard chunk.encoding == .aggregates else { throw unknown(chunk.encoding) }
            try AggregateChunk.decode(chunk.bytes, from: from, through: through, parts, into: column)
        }
    }

    /// The same for histograms.
    func readHistogramWindows(
        _ reference: UInt64, from: Timestamp, through: Timestamp, into windows: inout [HistogramAggregate]
    ) throws(StorageError) {
        let chunk = try chunk(reference)
        if chunk.encoding == .aggregates { return }
        try telling(reference) { () throws(ChunkError) in
            guard chunk.encoding == .histogramAggregates else { throw unknown(chunk.encoding) }
            try HistogramAggregateChunk.decode(chunk.bytes, from: from, through: through, into: &windows)
        }
    }

    private func unknown(_ encoding: ChunkEncoding) -> ChunkError {
        ChunkError(offset: 0, reason: "chunk encoding \(encoding.rawValue) holds no windows")
    }

    private func telling(_ reference: UInt64, _ body: () throws(ChunkError) -> Void) throws(StorageError) {
        do { try body() } catch { throw damaged(reference, error.description) }
    }

    /// Whether a chunk has a window in the range that does not end in one of the deleted ranges, which cover whole windows.
    func hasWindows(_ reference: UInt64, _ range: TimeRange, without deleted: [TimeRange]) throws(StorageError) -> Bool {
        let column = AggregateColumn()
        try readWindows(reference, from: range.from, through: range.through, [], into: column)
        column.remove(deleted, from: 0)
        var histograms: [HistogramAggregate] = []
        try readHistogramWindows(reference, from: range.from, through: range.through, into: &histograms)
        histograms.remove(deleted, from: 0)
        return column.count > 0 || !histograms.isEmpty
    }
}

extension BlockSeriesSet {
    /// Appends the windows of a series that overlap `from...through`, in a block of a tier.
    func readWindows(
        _ index: Int, from: Timestamp, through: Timestamp, _ parts: AggregateParts, into column: AggregateColumn
    ) throws(StorageError) {
        let start = column.count
        let ranges = ranges(index)
        try forEachChunk(index, from, through) { (chunk, _) throws(StorageError) in
            let before = column.count
            let whole: Void? = try block.unlessDamaged { () throws(StorageError) in
                try block.segments.readWindows(chunk.reference, from: from, through: through, parts, into: column)
            }
            if whole == nil { return column.count = before }
            if !ranges.isEmpty { column.remove(ranges, from: before) }
            column.mergeTail(from: before, into: start)
        }
    }

    /// The same for its histograms.
    func readHistogramWindows(
        _ index: Int, from: Timestamp, through: Timestamp, into windows: inout [HistogramAggregate]
    ) throws(StorageError) {
        guard mayHaveHistograms else { return }
        let start = windows.count
        let ranges = ranges(index)
        try forEachChunk(index, from, through) { (chunk, _) throws(StorageError) in
            let before = windows.count
            let whole: Void? = try block.unlessDamaged { () throws(StorageError) in
                try block.segments.readHistogramWindows(chunk.reference, from: from, through: through, into: &windows)
            }
            if whole == nil { return windows.removeLast(windows.count - before) }
            if !ranges.isEmpty { windows.remove(ranges, from: before) }
            windows.mergeTail(from: before, into: start)
        }
    }
}
