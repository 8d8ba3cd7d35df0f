import Model

extension PromQLFunction {
    /// What a function of windows does about histograms among the samples.
    enum HistogramUse {
        /// Windows of one kind each: of both, there is no result.
        case either
        /// The same, of the last two samples.
        case lastTwo
        /// It passes over them.
        case none
        /// Each kind of sample is as good as the other.
        case both
        /// The same, with an eye on what changes from one to the next.
        case transitions
    }

    var histogramUse: HistogramUse {
        switch self {
        case .rate, .increase, .delta, .sumOverTime, .avgOverTime: .either
        case .irate, .idelta: .lastTwo
        case .countOverTime, .presentOverTime, .firstOverTime, .lastOverTime, .tsOfFirstOverTime, .tsOfLastOverTime: .both
        case .changes, .resets: .transitions
        default: .none
        }
    }
}

/// A function of windows over a column that has histograms in it.
struct HistogramWindows {
    private let context: QueryContext
    private let function: PromQLFunction
    private let place: SourceRange
    private let frame: WindowFrame
    private let floats = SampleColumn()

    init(_ context: QueryContext, _ node: Call, _ frame: WindowFrame) {
        self.context = context
        self.frame = frame
        function = node.function
        place = (node.arguments.first { $0.type == .matrix } ?? node.arguments[0]).windowPlace
    }

    /// Computes all steps of a series: what windows of floats give comes from the kernel.
    func sweep<Kernel: WindowKernel>(_ column: SampleColumn, _ kernel: inout Kernel, _ metric: String, into row: Row) throws {
        let use = function.histogramUse
        if use == .both { return kernel.sweep(column, frame, into: row) }
        floats.removeAll()
        for i in 0..<column.count where !HistogramShelf.isMark(column.values[i]) { floats.append(column.times[i], column.values[i]) }
        if floats.count > 0 { kernel.sweep(floats, frame, into: row) } else { row.clear() }
        try frame.forEachWindow(of: column) { try settle($0, use, metric, row) }
    }

    /// Makes a step right whose window has histograms.
    private func settle(_ window: Window, _ use: PromQLFunction.HistogramUse, _ metric: String, _ row: Row) throws {
        let positions = use == .lastTwo ? max(window.low, window.high - 2)..<window.high : window.low..<window.high
        let histograms = positions.compactMap { context.shelf.histogram(window.values[$0]) }
        if histograms.isEmpty { return }
        let isMixed = histograms.count < positions.count
        switch use {
        case .none:
            if isMixed { context.annotations.ignoredHistograms(metric, at: place) }
        case .transitions: row.set(window.step, Double(transitions(window)))
        case .either, .lastTwo, .both:
            row.remove(window.step)
            if isMixed { return context.annotations.mixedSamples(metric, at: place) }
            if let result = try result(window, histograms, metric) { row.set(window.step, try context.shelf.put(result.compacted())) }
        }
    }

    private func transitions(_ window: Window) -> Int {
        (window.low + 1..<max(window.high, window.low + 1)).count { i in
            let (before, now) = (window.values[i - 1], window.values[i])
            return function == .changes ? context.shelf.isChange(before, now) : context.shelf.isReset(before, now)
        }
    }

    private func result(_ window: Window, _ histograms: [SparseHistogram], _ metric: String) throws -> SparseHistogram? {
        do {
            switch function {
            case .sumOverTime: return try sum(histograms)
            case .avgOverTime: return try mean(histograms)
            case .irate, .idelta: return try lastTwo(window, histograms, metric)
            default: return try extrapolated(window, histograms, metric)
            }
        } catch is MixedSchemas {
            context.annotations.mixedSchemas(metric, at: place)
            return nil
        }
    }

    // MARK: Over time

    private func sum(_ histograms: [SparseHistogram]) throws -> SparseHistogram {
        var sum = HistogramSum(histograms[0])
        for histogram in histograms.dropFirst() { try sum.add(histogram) }
        note(sum)
        return sum.result()
    }

    private func mean(_ histograms: [SparseHistogram]) throws -> SparseHistogram {
        var mean = HistogramMean(histograms[0])
        for histogram in histograms.dropFirst() { try mean.add(histogram) }
        note(mean.sum)
        return mean.result
    }

    private func note(_ sum: HistogramSum) {
        if sum.reconciled { context.annotations.reconciledBounds("aggregation", at: place) }
        if sum.hasConflictingResets { context.annotations.conflictingResets("aggregation", at: place) }
    }

    // MARK: Differences

    private func lastTwo(_ window: Window, _ histograms: [SparseHistogram], _ metric: String) throws -> SparseHistogram? {
        guard histograms.count == 2 else { return nil }
        let isRate = function == .irate
        let (older, newer) = (histograms[0], histograms[1])
        if isRate, older.isGauge || newer.isGauge { context.annotations.notCounter(metric, at: place) }
        if !isRate, !older.isGauge || !newer.isGauge { context.annotations.notGauge(metric, at: place) }
        let last = window.high - 1
        let elapsed = window.times[last] - window.times[last - 1]
        guard elapsed != 0 else { return nil }
        var result = newer
        if !isRate || !newer.isReset(after: older) {
            var sum = HistogramSum(newer)
            try sum.add(older, sign: -1)
            if sum.reconciled { context.annotations.reconciledBounds("subtraction", at: place) }
            result = sum.result()
        }
        result.hint = .gauge
        return isRate ? result.divided(by: Double(elapsed) / 1000) : result
    }

    /// `rate`, `increase`, `delta`.
    private func extrapolated(_ window: Window, _ histograms: [SparseHistogram], _ metric: String) throws -> SparseHistogram? {
        guard histograms.count >= 2 else { return nil }
        let isCounter = function != .delta
        guard let difference = try difference(histograms, isCounter, metric) else { return nil }
        let extent = Extrapolation(window, isCounter: isCounter, first: histograms[0].count, difference: difference.count)
        return difference.scaled(by: function == .rate ? extent.factor / extent.seconds : extent.factor)
    }

    private func difference(_ histograms: [SparseHistogram], _ isCounter: Bool, _ metric: String) throws -> SparseHistogram? {
        let last = histograms[histograms.count - 1]
        if isCounter, histograms.contains(where: \.isGauge) { context.annotations.notCounter(metric, at: place) }
        if !isCounter, !histograms[0].isGauge || !last.isGauge { context.annotations.notGauge(metric, at: place) }
        var first = histograms[0]
        if isCounter, histograms[1].isReset(after: first) {
            // Its layout does not matter then.
            first = SparseHistogram()
            first.schema = histograms[1].schema
            first.bounds = histograms[1].bounds
            first.zeroThreshold = histograms[1].zeroThreshold
        }
        let middle = isCounter ? histograms[1...] : histograms[(histograms.count - 1)...]
        if middle.contains(where: { $0.isCustom != first.isCustom }) { throw MixedSchemas() }
        var sum = HistogramSum(last)
        try sum.add(first, sign: -1)
        if sum.reconciled { context.annotations.reconciledBounds("subtraction", at: place) }
        if isCounter {
            var previous = first
            for histogram in histograms.dropFirst() {
                if histogram.isReset(after: previous) { try sum.add(previous) }
                previous = histogram
            }
        }
        var result = sum.result()
        result.hint = .gauge
        return result
    }
}
