import Model

extension PromQLFunction {
    /// Whether each output series is computed from one input series' windows.
    var isWindowed: Bool {
        switch self {
        case .rate, .irate, .increase, .delta, .idelta, .deriv, .predictLinear, .changes, .resets, .avgOverTime, .minOverTime, .maxOverTime,
            .sumOverTime, .countOverTime, .lastOverTime, .firstOverTime, .quantileOverTime, .stddevOverTime, .stdvarOverTime,
            .presentOverTime, .madOverTime, .tsOfFirstOverTime, .tsOfLastOverTime, .tsOfMinOverTime, .tsOfMaxOverTime,
            .doubleExponentialSmoothing:
            true
        default: false
        }
    }

    /// Whether the results still are samples of the metric, so that its name stays.
    fileprivate var keepsName: Bool { self == .lastOverTime || self == .firstOverTime }
}

extension Evaluator {
    /// Streams a function of windows, one column and one sweep per series.
    func streamWindows(_ node: Call, _ sink: Sink) throws {
        guard let argument = node.arguments.first(where: { $0.type == .matrix }) else {
            throw QueryError.execution("\(node.function.rawValue) needs a range vector")
        }
        let operand = try rangeOperand(argument)
        if let mode = operand.frame.boundaries { return try streamExtended(node, mode, operand, sink) }
        switch node.function {
        case .rate: try sweep(ExtrapolatedKernel(isCounter: true, isRate: true), node, operand, sink)
        case .increase: try sweep(ExtrapolatedKernel(isCounter: true, isRate: false), node, operand, sink)
        case .delta: try sweep(ExtrapolatedKernel(isCounter: false, isRate: false), node, operand, sink)
        case .irate: try sweep(LastTwoKernel(isRate: true), node, operand, sink)
        case .idelta: try sweep(LastTwoKernel(isRate: false), node, operand, sink)
        case .deriv: try sweep(DerivativeKernel(), node, operand, sink)
        case .predictLinear: try sweep(PredictionKernel(ahead: scalars(node.arguments[1])), node, operand, sink)
        case .changes: try sweep(ChangesKernel(), node, operand, sink)
        case .resets: try sweep(ResetsKernel(), node, operand, sink)
        case .doubleExponentialSmoothing: try sweep(doubleSmoothing(node), node, operand, sink)
        default: try streamOverTime(node, operand, sink)
        }
    }

    private func streamOverTime(_ node: Call, _ operand: RangeOperand, _ sink: Sink) throws {
        switch node.function {
        case .sumOverTime: try sweep(SumKernel(), node, operand, sink)
        case .avgOverTime: try sweep(MeanKernel(), node, operand, sink)
        case .countOverTime: try sweep(CountKernel(), node, operand, sink)
        case .presentOverTime: try sweep(PresentKernel(), node, operand, sink)
        case .minOverTime: try sweep(ExtremeKernel(isMax: false, givesTime: false), node, operand, sink)
        case .maxOverTime: try sweep(ExtremeKernel(isMax: true, givesTime: false), node, operand, sink)
        case .tsOfMinOverTime: try sweep(ExtremeKernel(isMax: false, givesTime: true), node, operand, sink)
        case .tsOfMaxOverTime: try sweep(ExtremeKernel(isMax: true, givesTime: true), node, operand, sink)
        case .firstOverTime: try sweep(EdgeKernel(isLast: false, givesTime: false), node, operand, sink)
        case .lastOverTime: try sweep(EdgeKernel(isLast: true, givesTime: false), node, operand, sink)
        case .tsOfFirstOverTime: try sweep(EdgeKernel(isLast: false, givesTime: true), node, operand, sink)
        case .tsOfLastOverTime: try sweep(EdgeKernel(isLast: true, givesTime: true), node, operand, sink)
        case .stddevOverTime: try sweep(DeviationKernel(isVariance: false), node, operand, sink)
        case .stdvarOverTime: try sweep(DeviationKernel(isVariance: true), node, operand, sink)
        case .quantileOverTime:
            let phi = try scalars(node.arguments[0])
            try sweep(QuantileKernel(phi: phi), node, operand) { [context] key, row in
                row.forEach { context.annotations.checkQuantile(phi[$0], at: node.arguments[0].range) }
                try sink(key, row)
            }
        case .madOverTime: try sweep(MedianDeviationKernel(), node, operand, sink)
        default: throw QueryError.execution("function \(node.function.rawValue) is not supported")
        }
    }

    /// A quantile parameter at each step, with a warning where it is out of bounds.
    func quantiles(_ expr: Expr) throws -> [Double] {
        let phi = try scalars(expr)
        for value in phi { context.annotations.checkQuantile(value, at: expr.range) }
        return phi
    }

    private func doubleSmoothing(_ node: Call) throws -> DoubleSmoothingKernel {
        let smoothing = try scalars(node.arguments[1])
        let trend = try scalars(node.arguments[2])
        for (factors, name) in [(smoothing, "smoothing"), (trend, "trend")] {
            for factor in factors where !(factor > 0 && factor < 1) {
                throw QueryError.execution("invalid \(name) factor. Expected: 0 < \(name.first.map(String.init) ?? "")f < 1, got: \(fixed(factor))")
            }
        }
        return DoubleSmoothingKernel(smoothing: smoothing, trend: trend)
    }

    /// Six digits after the point, as `%f` writes.
    private func fixed(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return FloatFormat.plain(value) }
        let micros = Int64((abs(value) * 1e6).rounded())
        let fraction = String(micros % 1_000_000)
        return (value < 0 ? "-" : "") + "\(micros / 1_000_000)." + String(repeating: "0", count: 6 - fraction.count) + fraction
    }

    private func sweep<Kernel: WindowKernel>(_ kernel: Kernel, _ node: Call, _ operand: RangeOperand, _ sink: Sink) throws {
        if let tiers = operand.tiers { return try sweep(kernel, over: tiers, node, operand, sink) }
        var kernel = kernel
        let frame = operand.frame
        let scratch = ScratchRow(steps: grid.count)
        var output = WindowOutput(self, node)
        let histograms = HistogramWindows(context, node, frame)
        let makeSweep: () -> SeriesReading.Sweep = {
            var own = kernel
            return { column, row, steps in own.sweep(column, frame, steps, into: row) }
        }
        try operand.forEachColumn(makeSweep: makeSweep) { key, column, swept in
            let row = swept ?? scratch.row
            if !context.startTimes.isEmpty, StartTimeWindows.heeds(node.function) {
                try StartTimeWindows(context, node, frame).sweep(column, key.labels.metricName ?? "", into: row)
            } else if !context.shelf.isEmpty, column.hasHistograms() {
                try histograms.sweep(column, &kernel, key.labels.metricName ?? "", into: row)
            } else if swept == nil {
                kernel.sweep(column, frame, into: row)
            }
            try output.deliver(key, row, ofFloats: context.shelf.isEmpty || column.hasFloats(), sink)
        }
    }
}

/// Names, checks and passes on the rows of a function of windows.
struct WindowOutput {
    private let evaluator: Evaluator
    private let node: Call
    private let wantsCounter: Bool
    private let place: SourceRange
    private var duplicates = DuplicateGuard(isStrict: true)

    init(_ evaluator: Evaluator, _ node: Call) {
        self.evaluator = evaluator
        self.node = node
        wantsCounter = node.function == .rate || node.function == .increase
        place = node.arguments[0].windowPlace
    }

    /// ofFloats: whether there are floats among the samples; of histograms it is known whether they are counters.
    mutating func deliver(_ key: RowKey, _ row: Row, ofFloats: Bool, _ sink: Evaluator.Sink) throws {
        if row.isEmpty { return }
        if wantsCounter, ofFloats { hintAtGauge(key.labels) }
        if node.function.keepsName { return try sink(key, row) }
        let named = evaluator.droppingName(key)
        if !evaluator.context.delaysNameRemoval { try duplicates.check(named.labels, row) }
        try sink(named, row)
    }

    private func hintAtGauge(_ labels: Labels) {
        guard let name = labels.metricName, !["_total", "_sum", "_count", "_bucket"].contains(where: name.hasSuffix) else { return }
        evaluator.context.annotations.possibleNonCounter(name, at: place)
    }
}

extension Expr {
    /// Where notes about the samples of a range vector are placed. Prometheus puts those of a subquery at the query's beginning.
    var windowPlace: SourceRange {
        if case .subquery = unwrapped { SourceRange(0, 0) } else { range }
    }
}
