import Chunks
public import Model
import TSDB

extension ThanosAggregateChunk {
    /// The chunks of a series' windows of native histograms: count, sum and counter. Left out are windows whose histograms cannot be added up.
    public static func encode(_ windows: [HistogramAggregate]) -> [ThanosAggregateChunk] {
        let filled = windows.filter { $0.count > 0 && ($0.sum != nil || $0.count == 1) }
        let parts = (filled.count + windowsPerChunk - 1) / windowsPerChunk
        return (0..<parts).flatMap { chunks(filled[filled.count * $0 / parts..<filled.count * ($0 + 1) / parts]) }
    }

    /// A slot has one chunk, and that one scale of buckets: where the scale changes, there are more chunks.
    private static func chunks(_ windows: ArraySlice<HistogramAggregate>) -> [ThanosAggregateChunk] {
        if let chunk = chunk(windows) { return [chunk] }
        guard windows.count > 1 else { return [] }
        let middle = windows.startIndex + windows.count / 2
        return chunks(windows[..<middle]) + chunks(windows[middle...])
    }

    private static func chunk(_ windows: ArraySlice<HistogramAggregate>) -> ThanosAggregateChunk? {
        guard let first = windows.first else { return nil }
        let times = ThanosTimes(windows.map { ($0.end, $0.firstTime, $0.lastTime) })
        var counts = FloatSlot()
        var (sums, counter) = (HistogramSlot(), HistogramSlot())
        counter.append(times.first, first.first.fractions)
        var total = HistogramTotal(first)
        for (window, time) in zip(windows, times.ends) {
            counts.append(time, Double(window.count))
            sums.append(time, window.sum ?? window.last.fractions)
            guard let value = total.adding(window) else { return nil }
            counter.append(time, value)
        }
        counter.append(times.last, total.last.fractions)
        guard let sum = sums.encoded, let counted = counter.encoded else { return nil }
        return ThanosAggregateChunk(
            range: TimeRange(from: times.first, through: times.last), count: windows.count, slots: [counts.encoded, sum, nil, nil, counted])
    }
}

/// What histograms have counted since the beginning of a chunk, on top of the first one.
private struct HistogramTotal {
    private var total: HistogramSum
    private(set) var last: NativeHistogram
    private var isBegun = false

    init(_ window: HistogramAggregate) {
        total = HistogramSum(window.first)
        last = window.first
    }

    /// With a window more; nil if its histograms cannot be added up with those before.
    mutating func adding(_ window: HistogramAggregate) -> FloatHistogram? {
        do throws(MixedSchemas) {
            if !isBegun || !window.first.isReset(after: last) { try total.add(SparseHistogram(last), sign: -1) }
            try total.add(window.last)
            if let lost = window.lost { try total.add(.fractional(lost)) }
        } catch {
            return nil
        }
        (last, isBegun) = (window.last, true)
        return total.histogram
    }
}

/// The open chunk of a slot of histograms: gauges, of which none begins another chunk for counting less.
private struct HistogramSlot {
    private var builder = HistogramChunkBuilder()
    private var isTorn = false

    mutating func append(_ time: Timestamp, _ histogram: FloatHistogram) {
        var gauge = histogram
        gauge.hint = .gauge
        if builder.append(time, .fractional(gauge)) != nil { isTorn = true }
    }

    /// Nil if one chunk was not enough.
    var encoded: EncodedSlot? {
        guard !isTorn, let chunk = builder.chunk else { return nil }
        return EncodedSlot(encoding: chunk.encoding, chunk: chunk.bytes)
    }
}
