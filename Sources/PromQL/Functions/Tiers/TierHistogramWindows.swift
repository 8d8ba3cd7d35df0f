import Model
import TSDB

/// A function of ranges over a series that has native histograms, where tiers answer: `HistogramWindows` over windows.
struct TierHistogramWindows {
    private let context: QueryContext
    private let function: PromQLFunction
    private let frame: WindowFrame
    private let place: SourceRange

    init(_ context: QueryContext, _ function: PromQLFunction, _ frame: WindowFrame, at place: SourceRange) {
        self.context = context
        self.function = function
        self.frame = frame
        self.place = place
    }

    /// Makes those steps of a row right, which has what floats give, whose ranges have histograms.
    func settle(_ series: TierSeries, _ metric: String, into row: Row) throws {
        let numbers = TierSeries()
        numbers.fill(numbering: series, forRanges: true)
        let floats = ScratchRow(steps: row.steps)
        if series.count > 0 { sweepFloats(series, into: floats.row) }
        var marks = TierHistogramMarks(series.histograms, context.shelf)
        var looks = StopLooks(frame.stop)
        var cursor = TierCursor(numbers)
        for step in 0..<row.steps {
            guard let window = cursor.move(to: frame.references[step], range: frame.range) else { continue }
            if looks.isToStop(before: (window.high - window.low) * Self.samplesPerHistogram) { return }
            let parts = window.windows.map { series.histograms[Int(numbers.windows.firsts[$0]) / 2] }
            let range = TierHistogramRange(window: window, parts: parts)
            try settle(step, range, isMixed: floats.row.has(step), floats.row.values[step], &marks, metric, row)
            if isApproximate(range) { series.notes.approximate.formUnion(series.spans.tiers(from: window.start, through: window.end)) }
        }
        series.notes.add(numbers.notes)
    }

    /// What adding a histogram costs.
    private static let samplesPerHistogram = 50

    /// The times of the floats that count, where it matters; else where there are any.
    private func sweepFloats(_ series: TierSeries, into row: Row) {
        let isLast = function == .lastOverTime || function == .tsOfLastOverTime
        var times = TierEdgeKernel(isLast: isLast, givesTime: true)
        times.sweep(series, frame, 0..<row.steps, into: row)
    }

    private func settle(
        _ step: Int, _ range: TierHistogramRange, isMixed: Bool, _ floatTime: Double, _ marks: inout TierHistogramMarks, _ metric: String, _ row: Row
    ) throws {
        switch function.histogramUse {
        case .none: if isMixed { context.annotations.ignoredHistograms(metric, at: place) }
        case .both: try settleEdges(step, range.window, floatTime: isMixed ? floatTime : nil, &marks, row)
        case .transitions: row.set(step, (row.has(step) ? row.values[step] : 0) + Double(function == .resets ? range.resets : range.changes))
        case .either, .lastTwo:
            row.remove(step)
            if isMixed { return context.annotations.mixedSamples(metric, at: place) }
            do {
                if let result = try result(range, metric) { row.set(step, try context.shelf.put(result.compacted())) }
            } catch is MixedSchemas {
                context.annotations.mixedSchemas(metric, at: place)
            }
        }
    }

    /// Counts, and what is told of the first or the last sample of either kind.
    private func settleEdges(_ step: Int, _ window: TierWindow, floatTime: Double?, _ marks: inout TierHistogramMarks, _ row: Row) throws {
        if function == .presentOverTime { return row.set(step, 1) }
        if function == .countOverTime { return row.set(step, (floatTime == nil ? 0 : row.values[step]) + Double(window.count) * window.scale) }
        let isLast = function == .lastOverTime || function == .tsOfLastOverTime
        let time = Double(isLast ? window.lastTime : window.firstTime) / 1000
        if let floatTime, isLast ? floatTime > time : floatTime < time { return }
        let givesTime = function == .tsOfFirstOverTime || function == .tsOfLastOverTime
        row.set(step, givesTime ? time : try marks.mark(isLast ? window.last : window.first))
    }

    private func isApproximate(_ range: TierHistogramRange) -> Bool {
        switch function {
        case .irate, .idelta: (range.parts.last?.count ?? 0) > 2
        case .changes: range.parts.contains { $0.count > 2 }
        case .rate, .increase, .resets: range.parts.contains(where: \.isMerged)
        default: false
        }
    }

    // MARK: Histograms from histograms

    private func result(_ range: TierHistogramRange, _ metric: String) throws -> SparseHistogram? {
        switch function {
        case .sumOverTime: note(try range.sum()).result().scaled(by: range.window.scale)
        case .avgOverTime: note(try range.sum()).result(divisor: Double(range.window.count))
        case .irate, .idelta: try lastTwo(range, metric)
        default: try extrapolated(range, metric)
        }
    }

    private func note(_ sum: HistogramSum) -> HistogramSum {
        if sum.reconciled { context.annotations.reconciledBounds("aggregation", at: place) }
        if sum.hasConflictingResets { context.annotations.conflictingResets("aggregation", at: place) }
        return sum
    }

    private func extrapolated(_ range: TierHistogramRange, _ metric: String) throws -> SparseHistogram? {
        let window = range.window
        guard window.count >= 2 else { return nil }
        let isCounter = function != .delta
        checkKinds(range, isCounter, metric)
        let sum = try range.difference(isCounter: isCounter)
        if sum.reconciled { context.annotations.reconciledBounds("subtraction", at: place) }
        var difference = sum.result()
        difference.hint = .gauge
        let extent = Extrapolation(
            window.firstTime, window.lastTime, count: Int(window.count), start: window.start, end: window.end, isCounter: isCounter,
            first: range.first.count, difference: difference.count)
        return difference.scaled(by: function == .rate ? extent.factor / extent.seconds : extent.factor * window.scale)
    }

    /// `irate` and `idelta`: see `TierLastTwoKernel`.
    private func lastTwo(_ range: TierHistogramRange, _ metric: String) throws -> SparseHistogram? {
        guard range.window.count >= 2 else { return nil }
        let isRate = function == .irate
        let two = range.lastTwo
        checkKinds(two, isRate, metric)
        let sum = try two.difference(isCounter: isRate)
        if sum.reconciled { context.annotations.reconciledBounds("subtraction", at: place) }
        var result = sum.result()
        result.hint = .gauge
        if isRate { return result.divided(by: Double(two.lastTime - two.firstTime) / 1000) }
        return result.divided(by: Double(two.samples - 1))
    }

    private func checkKinds(_ range: TierHistogramRange, _ isCounter: Bool, _ metric: String) {
        if isCounter, range.parts.contains(where: { $0.first.hint == .gauge || $0.last.hint == .gauge }) {
            context.annotations.notCounter(metric, at: place)
        }
        if !isCounter, !range.first.isGauge || !range.last.isGauge { context.annotations.notGauge(metric, at: place) }
    }
}

/// The windows of native histograms that answer for a range, at least one.
struct TierHistogramRange {
    let window: TierWindow
    let parts: [HistogramAggregate]

    var first: SparseHistogram { SparseHistogram(parts[0].first.fractions) }
    var last: SparseHistogram { SparseHistogram(parts[parts.count - 1].last.fractions) }
    var firstTime: Timestamp { parts[0].firstTime }
    var lastTime: Timestamp { parts[parts.count - 1].lastTime }
    var samples: Int64 { parts.reduce(0) { $0 + $1.count } }

    /// The last two histograms, where they are known, or the whole of the last window.
    var lastTwo: TierHistogramRange {
        let end = parts[parts.count - 1]
        guard end.count == 1, parts.count > 1 else { return TierHistogramRange(window: window, parts: [end]) }
        let before = parts[parts.count - 2]
        return TierHistogramRange(window: window, parts: [HistogramAggregate(time: before.lastTime, before.last), end])
    }

    func sum() throws -> HistogramSum {
        guard let first = parts[0].total else { throw MixedSchemas() }
        var sum = HistogramSum(SparseHistogram(first))
        for part in parts.dropFirst() {
            guard let total = part.total else { throw MixedSchemas() }
            try sum.add(SparseHistogram(total))
        }
        return sum
    }

    /// The last less the first, and of counters what was lost at resets.
    func difference(isCounter: Bool) throws -> HistogramSum {
        let isCustom = last.isCustom
        if first.isCustom != isCustom || isCounter && parts.contains(where: { isOther($0, isCustom) }) { throw MixedSchemas() }
        var sum = HistogramSum(last)
        // The layout of one that was alone before a reset does not matter.
        let startsAnew = isCounter && parts.count > 1 && parts[0].count == 1 && isReset(1)
        if !startsAnew { try sum.add(first, sign: -1) }
        guard isCounter else { return sum }
        for (index, part) in parts.enumerated() {
            if index > (startsAnew ? 1 : 0), isReset(index) { try sum.add(SparseHistogram(parts[index - 1].last.fractions)) }
            if let lost = part.lost { try sum.add(SparseHistogram(lost)) }
        }
        return sum
    }

    private func isOther(_ part: HistogramAggregate, _ isCustom: Bool) -> Bool {
        SparseHistogram(part.first.fractions).isCustom != isCustom || SparseHistogram(part.last.fractions).isCustom != isCustom
    }

    /// Whether counters began anew between a window and the one before.
    private func isReset(_ index: Int) -> Bool {
        SparseHistogram(parts[index].first.fractions).isReset(after: SparseHistogram(parts[index - 1].last.fractions))
    }

    var resets: Int64 {
        var count = parts[0].resets
        for index in parts.indices.dropFirst() { count += parts[index].resets + (isReset(index) ? 1 : 0) }
        return count
    }

    /// At least so many.
    var changes: Int64 {
        var count: Int64 = 0
        for (index, part) in parts.enumerated() {
            let (first, last) = (SparseHistogram(part.first.fractions), SparseHistogram(part.last.fractions))
            if index > 0, !first.equals(SparseHistogram(parts[index - 1].last.fractions)) { count += 1 }
            count += max(part.resets, first.equals(last) ? 0 : 1)
        }
        return count
    }
}
