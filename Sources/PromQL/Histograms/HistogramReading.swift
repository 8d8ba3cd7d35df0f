import Chunks
import Model

extension QueryContext {
    /// Puts histograms on the shelf, and their marks among the floats.
    func mergeHistograms(_ histograms: HistogramColumn, into column: SampleColumn, withoutBuckets: Bool) throws {
        let floats = column.count
        var previous: SparseHistogram?
        for (time, histogram) in zip(histograms.times, histograms.histograms) {
            if histogram.isStale {
                column.append(time, StaleMarker.value)
                previous = nil
                continue
            }
            var sparse = SparseHistogram(histogram.fractions)
            let whole = sparse
            if withoutBuckets {
                // Prometheus finds out about resets as it reads, and then gives the buckets up.
                if let previous, sparse.hint == .unknown { sparse.hint = sparse.isReset(after: previous) ? .reset : .noReset }
                sparse = sparse.withoutBuckets
            }
            previous = whole
            column.append(time, try shelf.put(sparse))
        }
        column.mergeTail(from: floats)
    }
}

extension Expr {
    /// Where the selectors begin of which only counts and sums of native histograms are wanted.
    var selectorsWithoutBuckets: Set<Int> {
        var found: Set<Int> = []
        collect(withoutBuckets: false, &found)
        return found
    }

    private func collect(withoutBuckets: Bool, _ found: inout Set<Int>) {
        switch self {
        case .selector(let node): if withoutBuckets { found.insert(node.range.start) }
        case .matrix(let node): if withoutBuckets { found.insert(node.selector.range.start) }
        case .subquery(let node): node.inner.collect(withoutBuckets: false, &found)
        case .call(let node):
            let inside =
                switch node.function {
                case .histogramCount, .histogramSum, .histogramAvg: true
                case .histogramQuantile, .histogramQuantiles, .histogramFraction: false
                default: withoutBuckets
                }
            for argument in node.arguments { argument.collect(withoutBuckets: inside, &found) }
        case .paren(let node): node.inner.collect(withoutBuckets: withoutBuckets, &found)
        case .unary(let node): node.operand.collect(withoutBuckets: withoutBuckets, &found)
        case .binary(let node):
            let isTrim = node.op == .trimLower || node.op == .trimUpper
            for side in [node.left, node.right] { side.collect(withoutBuckets: withoutBuckets && !isTrim, &found) }
        case .aggregation(let node): for part in [node.parameter, node.operand] { part?.collect(withoutBuckets: withoutBuckets, &found) }
        case .number, .string: break
        }
    }
}
