/// What a tier keeps of the native histograms of one series in one window `(end - resolution, end]`: see `Aggregate`.
public struct HistogramAggregate: Equatable, Sendable {
    public var end: Timestamp
    /// Histograms in the window; 0 if it has only a stale marker.
    public var count: Int64
    public var firstTime: Timestamp
    public var first: NativeHistogram
    public var lastTime: Timestamp
    public var last: NativeHistogram
    /// Of all of them; nil if there is but one, which is the sum then, or if their buckets cannot be added up.
    public var sum: FloatHistogram?
    /// The sum of the histograms before each counter reset within the window; nil without resets.
    public var lost: FloatHistogram?
    public var resets: Int64
    /// The time of a stale marker behind the last histogram; nil if there is none.
    public var staleTime: Timestamp?
    public var isMerged: Bool

    public init(time: Timestamp, _ histogram: NativeHistogram) {
        (end, count) = (time, 1)
        (firstTime, first, lastTime, last) = (time, histogram, time, histogram)
        (sum, lost, resets, staleTime, isMerged) = (nil, nil, 0, nil, false)
    }

    /// A window without a histogram.
    public init(end: Timestamp, staleTime: Timestamp) {
        self.init(time: end, .fractional(.staleMarker))
        count = 0
        self.staleTime = staleTime
    }
}
