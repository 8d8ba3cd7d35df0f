import Model

/// `rate`, `increase`, `irate` and `resets` over samples that tell when their counters started.
///
/// A counter that started behind the sample before, or right at it after another start, began anew. And if the first sample of a window says that
/// its counter started within the window, it was zero then, which is better than to extrapolate.
struct StartTimeWindows {
    private let context: QueryContext
    private let function: PromQLFunction
    private let place: SourceRange
    private let frame: WindowFrame

    init(_ context: QueryContext, _ node: Call, _ frame: WindowFrame) {
        self.context = context
        self.frame = frame
        function = node.function
        place = node.arguments[0].windowPlace
    }

    /// Whether a function heeds start times.
    static func heeds(_ function: PromQLFunction) -> Bool { [.rate, .increase, .irate, .resets].contains(function) }

    func sweep(_ column: SampleColumn, _ metric: String, into row: Row) throws {
        row.clear()
        let starts = (0..<column.count).map { context.startTimes[column.times[$0]] ?? 0 }
        let isReset = (0..<column.count).map { i in
            i > 0 && (isRestart(column, starts, i) || context.shelf.isReset(column.values[i - 1], column.values[i]))
        }
        try frame.forEachWindow(of: column) { window in
            if function == .resets {
                row.set(window.step, Double((window.low + 1..<max(window.high, window.low + 1)).count { isReset[$0] }))
            } else if let value = try difference(window, starts, isReset, metric) {
                row.set(window.step, value)
            }
        }
    }

    /// Whether a sample's start says that the counter is another one than at the sample before.
    private func isRestart(_ column: SampleColumn, _ starts: [Timestamp], _ i: Int) -> Bool {
        let (start, previous) = (starts[i], column.times[i - 1])
        guard start != 0, start < column.times[i] else { return false }
        return start > previous || (start == previous && starts[i - 1] != 0 && starts[i - 1] < previous)
    }

    private func difference(_ window: Window, _ starts: [Timestamp], _ isReset: [Bool], _ metric: String) throws -> Double? {
        let last = window.high - 1
        let first = function == .irate ? last - 1 : window.low
        guard first >= window.low else { return nil }
        for i in first + 1..<max(window.high, first + 1) where starts[i] != 0 && starts[i] < window.times[i - 1] && starts[i] != starts[i - 1] {
            context.annotations.overlappingStart(metric, at: place)
        }
        let start = starts[first]
        let beginsAtZero = function != .irate && start != 0 && start < window.times[first] && start > window.start
        guard last > first || beginsAtZero else { return nil }
        let places = first...last
        let histograms = places.compactMap { context.shelf.histogram(window.values[$0]) }
        if !histograms.isEmpty, histograms.count < places.count {
            context.annotations.mixedSamples(metric, at: place)
            return nil
        }
        if histograms.isEmpty { return numbers(window, places, isReset, beginsAtZero ? start : nil) }
        return try self.histograms(window, places, histograms, isReset, beginsAtZero ? start : nil, metric)
    }

    private func numbers(_ window: Window, _ places: ClosedRange<Int>, _ isReset: [Bool], _ zero: Timestamp?) -> Double {
        let first = window.values[places.lowerBound]
        var difference = window.values[places.upperBound] - (zero == nil ? first : 0)
        for i in places.dropFirst() where isReset[i] { difference += window.values[i - 1] }
        return difference * factor(window, places, zero, first: first, difference: difference)
    }

    private func histograms(
        _ window: Window, _ places: ClosedRange<Int>, _ histograms: [SparseHistogram], _ isReset: [Bool], _ zero: Timestamp?, _ metric: String
    ) throws -> Double? {
        if histograms.contains(where: \.isGauge) { context.annotations.notCounter(metric, at: place) }
        do {
            var sum = HistogramSum(histograms[histograms.count - 1])
            if zero == nil { try sum.add(histograms[0], sign: -1) }
            for i in places.dropFirst() where isReset[i] { try sum.add(histograms[i - 1 - places.lowerBound]) }
            if sum.reconciled { context.annotations.reconciledBounds("subtraction", at: place) }
            var result = sum.result()
            result.hint = .gauge
            let factor = factor(window, places, zero, first: histograms[0].count, difference: result.count)
            return try context.shelf.put(result.scaled(by: factor))
        } catch is MixedSchemas {
            context.annotations.mixedSchemas(metric, at: place)
            return nil
        }
    }

    private func factor(_ window: Window, _ places: ClosedRange<Int>, _ zero: Timestamp?, first: Double, difference: Double) -> Double {
        let (begin, end) = (window.times[places.lowerBound], window.times[places.upperBound])
        if function == .irate { return 1 / (Double(end - begin) / 1000) }
        let seconds = function == .rate ? Double(window.end - window.start) / 1000 : 1
        guard let zero else { return Extrapolation(window, isCounter: true, first: first, difference: difference).factor / seconds }
        guard places.count > 1 else { return 1 / seconds }
        let sampled = Double(end - zero) / 1000
        let distance = Double(end - begin) / 1000 / Double(places.count - 1)
        let toEnd = Double(window.end - end) / 1000
        return (sampled + (toEnd >= distance * 1.1 ? distance / 2 : toEnd)) / sampled / seconds
    }
}
