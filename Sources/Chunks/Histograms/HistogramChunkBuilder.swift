public import Model

/// Turns the histograms of one series, in order of time, into chunks.
///
/// A chunk has one layout. A histogram with more buckets makes the open chunk be encoded anew with those added; one that lacks buckets gets them, empty.
/// What cannot be in one chunk with the samples before begins another: the other kind of counts, another schema, zero threshold or set of bounds, a
/// counter reset, a gauge among counters, anything behind a stale marker.
public struct HistogramChunkBuilder: Sendable {
    /// No chunk has more samples.
    public static let samplesPerChunk = 240
    /// A chunk is not encoded anew if that could make it this many bits longer.
    private static let greatestGrowth = 1 << 17

    private enum Open {
        case none
        case whole(HistogramEncoder<Histogram>)
        case fractional(HistogramEncoder<FloatHistogram>)
    }

    private var open = Open.none

    public init() {}

    /// How many samples, and bytes, the open chunk has.
    public var count: Int {
        switch open {
        case .none: 0
        case .whole(let encoder): encoder.count
        case .fractional(let encoder): encoder.count
        }
    }

    public var byteCount: Int {
        switch open {
        case .none: 0
        case .whole(let encoder): encoder.byteCount
        case .fractional(let encoder): encoder.byteCount
        }
    }

    /// Whether the open chunk is as long as chunks should be: 1,024 bytes, unless a few histograms fill them.
    public var isFull: Bool { byteCount >= 1024 && (count >= 10 || byteCount >= 1 << 16) }

    /// Whether a histogram is the one added last once more.
    public func isRepetition(_ histogram: NativeHistogram) -> Bool {
        switch (histogram, open) {
        case (.whole(let histogram), .whole(let encoder)): Self.isRepetition(histogram, of: encoder)
        case (.fractional(let histogram), .fractional(let encoder)): Self.isRepetition(histogram, of: encoder)
        default: false
        }
    }

    private static func isRepetition<H: ChunkHistogram>(_ histogram: H, of encoder: HistogramEncoder<H>) -> Bool {
        if histogram.isStale { return encoder.last.isStale }
        guard case .fits(let positive, let negative) = HistogramRelation.between(encoder.last, isGauge: encoder.isGauge, histogram),
            !positive.chunkGrows, !negative.chunkGrows
        else { return false }
        return spread(histogram, encoder.last.layout, positive, negative).isSameSample(as: encoder.last)
    }

    /// The times of the open chunk's first and last sample; nil if there is none.
    public var timeRange: (first: Timestamp, last: Timestamp)? {
        switch open {
        case .none: nil
        case .whole(let encoder): (encoder.firstTime, encoder.lastTime)
        case .fractional(let encoder): (encoder.firstTime, encoder.lastTime)
        }
    }

    /// The histogram added last, with the buckets of the open chunk.
    public var last: NativeHistogram? {
        switch open {
        case .none: nil
        case .whole(let encoder): .whole(encoder.last)
        case .fractional(let encoder): .fractional(encoder.last)
        }
    }

    /// The open chunk as it is now; nil if there is none.
    public var chunk: EncodedChunk? {
        switch open {
        case .none: nil
        case .whole(let encoder): Self.chunk(encoder)
        case .fractional(let encoder): Self.chunk(encoder)
        }
    }

    private static func chunk<H>(_ encoder: HistogramEncoder<H>) -> EncodedChunk {
        EncodedChunk(encoding: H.encoding, firstTime: encoder.firstTime, lastTime: encoder.lastTime, bytes: encoder.bytes)
    }

    /// Adds a histogram that has passed its `check`. Returns the chunk that is finished if another had to begin, or was asked for by `cutting`.
    public mutating func append(_ time: Timestamp, _ histogram: NativeHistogram, cutting: Bool = false) -> EncodedChunk? {
        let before = chunkIfOther(histogram)
        switch (histogram, open) {
        case (.whole(let histogram), .whole(var encoder)):
            open = .none
            let finished = Self.append(time, histogram, &encoder, cutting)
            open = .whole(encoder)
            return finished
        case (.fractional(let histogram), .fractional(var encoder)):
            open = .none
            let finished = Self.append(time, histogram, &encoder, cutting)
            open = .fractional(encoder)
            return finished
        case (.whole(let histogram), _): open = .whole(HistogramEncoder(time, histogram, flags: Self.flags(histogram.hint)))
        case (.fractional(let histogram), _): open = .fractional(HistogramEncoder(time, histogram, flags: Self.flags(histogram.hint)))
        }
        return before
    }

    /// The open chunk, if it is of the other kind.
    private func chunkIfOther(_ histogram: NativeHistogram) -> EncodedChunk? {
        switch (histogram, open) {
        case (.whole, .fractional), (.fractional, .whole): chunk
        default: nil
        }
    }

    /// Ends the open chunk, if there is one.
    public mutating func finish() -> EncodedChunk? {
        defer { open = .none }
        return chunk
    }

    /// What a chunk says of its first sample if nothing is known of a sample before.
    private static func flags(_ hint: CounterResetHint) -> CounterResetHint { hint == .noReset ? .unknown : hint }

    private static func append<H: ChunkHistogram>(
        _ time: Timestamp, _ histogram: H, _ encoder: inout HistogramEncoder<H>, _ cutting: Bool
    ) -> EncodedChunk? {
        var flags: CounterResetHint
        switch HistogramRelation.between(encoder.last, isGauge: encoder.isGauge, histogram) {
        case .begins(let hint): flags = hint
        case .fits(let positive, let negative):
            if !cutting, encoder.count < samplesPerChunk, join(time, histogram, &encoder, positive, negative) { return nil }
            flags = encoder.isGauge ? .gauge : .noReset
        }
        if histogram.isStale, flags == .noReset { flags = .unknown }
        let finished = chunk(encoder)
        encoder = HistogramEncoder(time, histogram, flags: flags)
        return finished
    }

    /// Adds a histogram to the chunk, in a layout with the buckets of both. False if the chunk would grow too much.
    private static func join<H: ChunkHistogram>(
        _ time: Timestamp, _ histogram: H, _ encoder: inout HistogramEncoder<H>, _ positive: LayoutFit, _ negative: LayoutFit
    ) -> Bool {
        if histogram.isStale {
            encoder.append(time, histogram)
            return true
        }
        var layout = encoder.last.layout
        layout.positiveSpans = positive.spans
        layout.negativeSpans = negative.spans
        if positive.chunkGrows || negative.chunkGrows {
            let growth = layout.positiveBuckets + layout.negativeBuckets - encoder.bucketCount
            guard growth * encoder.count <= greatestGrowth else { return false }
            recode(&encoder, layout, positive, negative)
        }
        encoder.append(time, spread(histogram, layout, positive, negative))
        return true
    }

    private static func spread<H: ChunkHistogram>(
        _ histogram: H, _ layout: HistogramLayout, _ positive: LayoutFit, _ negative: LayoutFit
    ) -> H {
        if histogram.layout == layout { return histogram }
        return histogram.with(
            layout, positive: positive.spread(histogram.positiveCounts, of: histogram.layout.positiveSpans),
            negative: negative.spread(histogram.negativeCounts, of: histogram.layout.negativeSpans))
    }

    private static func recode<H: ChunkHistogram>(
        _ encoder: inout HistogramEncoder<H>, _ layout: HistogramLayout, _ positive: LayoutFit, _ negative: LayoutFit
    ) {
        let flags = encoder.flags
        var new: HistogramEncoder<H>?
        let bytes = encoder.bytes
        do {
            try bytes.withUnsafeBytes { chunk in
                try HistogramChunk.walk(chunk) { (time, histogram: H) in
                    let spread = spread(histogram, layout, positive, negative)
                    if new == nil {
                        new = HistogramEncoder(time, spread, flags: flags)
                    } else {
                        new?.append(time, spread)
                    }
                }
            }
        } catch {
            preconditionFailure("BUG: an open chunk cannot be read: \(error)")
        }
        if let new { encoder = new }
    }
}
