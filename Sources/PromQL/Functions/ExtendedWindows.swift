import Model

/// Functions of windows whose edges get values from samples outside: `anchored` takes the last sample before the start as the value there,
/// `smoothed` interpolates at both edges.
extension Evaluator {
    func streamExtended(_ node: Call, _ mode: BoundaryMode, _ operand: RangeOperand, _ sink: Sink) throws {
        let allowed: [PromQLFunction] = mode == .smoothed ? [.delta, .increase, .rate] : [.changes, .delta, .increase, .rate, .resets]
        guard allowed.contains(node.function) else {
            let names = allowed.map(\.rawValue).joined(separator: ", ")
            throw QueryError.execution("\(mode.rawValue) modifier can only be used with: \(names) - not with \(node.function.rawValue)")
        }
        let scratch = ScratchRow(steps: grid.count)
        let frame = operand.frame
        var output = WindowOutput(self, node)
        try operand.forEachColumn { key, column in
            scratch.row.clear()
            var looks = StopLooks(frame.stop)
            var window = ExtendedWindow(column, frame)
            let hasHistograms = !context.shelf.isEmpty && column.hasHistograms()
            for step in 0..<frame.references.count where window.move(to: frame.references[step]) {
                if looks.isToStop(before: window.last - window.first) { break }
                if hasHistograms {
                    let metric = key.labels.metricName ?? ""
                    if let value = try histogramValue(window, node, metric) { scratch.row.set(step, value) }
                } else {
                    scratch.row.set(step, window.value(of: node.function))
                }
            }
            try output.deliver(key, scratch.row, ofFloats: !hasHistograms || column.hasFloats(), sink)
        }
        if let tiers = operand.edges {
            context.annotations.approximated("\(node.function.rawValue) \(mode.rawValue)", tiers.notes.approximate, at: node.arguments[0].range)
        }
    }
}

extension Evaluator {
    /// The value of a window whose column has histograms, nil if there is none.
    fileprivate func histogramValue(_ window: ExtendedWindow, _ node: Call, _ metric: String) throws -> Double? {
        let shelf = context.shelf
        let place = node.arguments[0].range
        let values = (window.first...window.last).map { window.column.values[$0] }
        if node.function == .changes { return Double(zip(values, values.dropFirst()).count { shelf.isChange($0, $1) }) }
        if node.function == .resets { return Double(zip(values, values.dropFirst()).count { shelf.isReset($0, $1) }) }
        let histograms = values.compactMap(shelf.histogram)
        if histograms.isEmpty { return window.value(of: node.function) }
        guard histograms.count == values.count, let first = histograms.first, let last = histograms.last else {
            context.annotations.mixedSamples(metric, at: place)
            return nil
        }
        let isCounter = node.function != .delta
        if isCounter, histograms.contains(where: \.isGauge) { context.annotations.notCounter(metric, at: place) }
        if !isCounter, !first.isGauge || !last.isGauge { context.annotations.notGauge(metric, at: place) }
        let times = (window.first...window.last).map { window.column.times[$0] }
        let increase = ExtendedIncrease(
            histograms: histograms, times: times, start: window.start, end: window.end, isSmoothed: window.frame.boundaries == .smoothed,
            isCounter: isCounter)
        do {
            if histograms.contains(where: { $0.isCustom != first.isCustom }) { throw MixedSchemas() }
            let result = try increase.result()
            return try shelf.put(node.function == .rate ? result.divided(by: Double(window.frame.range) / 1000) : result)
        } catch is MixedSchemas {
            context.annotations.mixedSchemas(metric, at: place)
            return nil
        }
    }
}

/// The samples that bear on one window: positions `first...last` of the column. `first` may lie before the window's start and, when
/// smoothed, `last` behind its end.
private struct ExtendedWindow {
    let column: SampleColumn
    let frame: WindowFrame
    var first = 0
    var last = 0
    var start: Timestamp = 0
    var end: Timestamp = 0

    init(_ column: SampleColumn, _ frame: WindowFrame) {
        self.column = column
        self.frame = frame
    }

    private var isSmoothed: Bool { frame.boundaries == .smoothed }

    /// False if the window has no value: there is nothing behind its start.
    mutating func move(to reference: Timestamp) -> Bool {
        end = reference
        start = end - frame.range
        // Positions below `low` lie at or before the start, those from `high` on behind the end.
        var low = first
        while low < column.count, column.times[low] <= start { low += 1 }
        var high = max(last, low)
        while high < column.count, column.times[high] <= end { high += 1 }
        first = low > 0 && column.times[low - 1] > start - frame.lookback ? low - 1 : low
        last = high - 1
        if isSmoothed, high < column.count, high == 0 || column.times[high - 1] < end, column.times[high] < end + frame.lookback { last = high }
        return last >= low && first <= last && column.times[first] <= end
    }

    func value(of function: PromQLFunction) -> Double {
        switch function {
        case .changes: Double(transitions { $0 != $1 && !($0.isNaN && $1.isNaN) })
        case .resets: Double(transitions { $1 < $0 })
        case .rate: increase(isCounter: true) / (Double(frame.range) / 1000)
        case .increase: increase(isCounter: true)
        default: increase(isCounter: false)
        }
    }

    private func transitions(_ counts: (Double, Double) -> Bool) -> Int {
        (first..<last).count { counts(column.values[$0], column.values[$0 + 1]) }
    }

    private func increase(isCounter: Bool) -> Double {
        let left = leftValue(isCounter)
        let right = rightValue(isCounter)
        var result = right - left
        guard isCounter else { return result }
        var previous = left
        for i in first...last where column.times[i] > start && column.times[i] <= end {
            if column.values[i] < previous { result += previous }
            previous = column.values[i]
        }
        return right < previous ? result + previous : result
    }

    private func leftValue(_ isCounter: Bool) -> Double {
        guard isSmoothed, column.times[first] < start, first < last else { return column.values[first] }
        return interpolated(first, at: start, isCounter)
    }

    private func rightValue(_ isCounter: Bool) -> Double {
        guard isSmoothed, column.times[last] > end, first < last else { return column.values[last] }
        return interpolated(last - 1, at: end, isCounter)
    }

    /// A counter that falls between the samples has started again from zero.
    private func interpolated(_ before: Int, at time: Timestamp, _ isCounter: Bool) -> Double {
        guard isCounter, column.values[before + 1] < column.values[before] else { return column.line(before, before + 1, at: time) }
        return column.values[before + 1] * Double(time - column.times[before]) / Double(column.times[before + 1] - column.times[before])
    }
}
