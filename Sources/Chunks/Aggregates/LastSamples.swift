import Model

/// What windows are to readers of samples: their last ones, and the stale markers behind them.
extension AggregateChunk {
    static func decodeLasts(
        _ bytes: UnsafeRawBufferPointer, from: Timestamp, through: Timestamp, into samples: SampleColumn
    ) throws(ChunkError) {
        let column = AggregateColumn()
        try decode(bytes, from: from, through: through, [], into: column)
        for i in 0..<column.count {
            if column.counts[i] > 0, column.lastTimes[i] >= from, column.lastTimes[i] <= through {
                samples.append(column.lastTimes[i], column.lasts[i])
            }
            let stale = column.staleTimes[i]
            if stale != AggregateColumn.notStale, stale >= from, stale <= through { samples.append(stale, StaleMarker.value) }
        }
    }
}

extension HistogramAggregateChunk {
    static func decodeLasts(
        _ bytes: UnsafeRawBufferPointer, from: Timestamp, through: Timestamp, into samples: HistogramColumn
    ) throws(ChunkError) {
        var windows: [HistogramAggregate] = []
        try decode(bytes, from: from, through: through, into: &windows)
        for window in windows {
            if window.count > 0, window.lastTime >= from, window.lastTime <= through { samples.append(window.lastTime, window.last.withoutReset) }
            guard let stale = window.staleTime, stale >= from, stale <= through else { continue }
            samples.append(stale, .fractional(.staleMarker))
        }
    }
}
