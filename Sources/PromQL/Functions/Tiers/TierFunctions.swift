import Model
import TSDB

extension Evaluator {
    /// Streams a function of ranges of which tiers answer at least a part.
    func sweep<Kernel: WindowKernel>(
        _ kernel: Kernel, over set: any TieredSeriesSet, _ node: Call, _ operand: RangeOperand, _ sink: Sink
    ) throws {
        var output = WindowOutput(self, node)
        let place = (node.arguments.first { $0.type == .matrix } ?? node.arguments[0]).range
        try forEachRow(kernel, node.function, over: set, operand, at: place) { labels, row in
            try output.deliver(RowKey(labels: labels), row, ofFloats: context.shelf.isEmpty || row.hasFloats(), sink)
        }
    }

    /// Calls `use` with the row of each series, and tells what was made do with.
    func forEachRow<Kernel: WindowKernel>(
        _ kernel: Kernel, _ function: PromQLFunction, over set: any TieredSeriesSet, _ operand: RangeOperand, at place: SourceRange,
        _ use: (Labels, Row) throws -> Void
    ) throws {
        let frame = operand.frame
        let overWindows = kernel.overWindows()
        let sweeps = TierReading.Sweeps(parts: overWindows.parts, references: frame.references, length: frame.range, ofRanges: true) {
            // Kernels have memory of their own, which places must not share.
            var own = kernel.overWindows()
            return { series, row, steps in own.sweep(series, frame, steps, into: row) }
        }
        let tiers = TierReading(set, .windows(sweeps))
        let histograms = TierHistogramWindows(context, function, frame, at: place)
        let makeSweep: () -> SeriesReading.Sweep = {
            var own = kernel
            return { column, row, steps in own.sweep(column, frame, steps, into: row) }
        }
        try operand.forEachRow(tiers, makeSweep: makeSweep) { labels, place in
            if let series = place.tiers?.series, !series.histograms.isEmpty {
                try histograms.settle(series, labels.metricName ?? "", into: place.row)
            }
            try use(labels, place.row)
        }
        context.annotations.wholeWindows(tiers.notes.cut, range: frame.range, isScaled: overWindows.isTotal, at: place)
        context.annotations.approximated(function.rawValue, tiers.notes.approximate, at: place)
    }
}
