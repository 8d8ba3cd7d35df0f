extension SparseHistogram {
    public init(_ histogram: NativeHistogram) { self.init(histogram.fractions) }
}

extension HistogramSum {
    public init(_ first: NativeHistogram) { self.init(SparseHistogram(first)) }

    /// Throws `MixedSchemas` for bounds of its own on one side and powers of two on the other; the sum then is as it was.
    public mutating func add(_ histogram: NativeHistogram) throws(MixedSchemas) { try add(SparseHistogram(histogram)) }

    /// The sum as samples are: empty buckets are left out.
    public var histogram: FloatHistogram { result().histogram }
}

extension NativeHistogram {
    /// Whether counters began anew between two successive histograms of a series, as queries see it: `hint` may tell, else the counts do.
    public func isReset(after earlier: NativeHistogram) -> Bool {
        switch hint {
        case .reset: true
        case .noReset: false
        case .unknown, .gauge: SparseHistogram(self).isReset(after: SparseHistogram(earlier))
        }
    }
}
