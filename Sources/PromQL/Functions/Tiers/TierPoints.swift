import Model
import TSDB

/// Samples that stand for windows, with those behind them, so that a kernel for samples can work on them.
struct TierPoints {
    let column = SampleColumn()
    /// Where in the column the points of a window begin; and of the samples behind the last window. Empty where each window has one.
    private var starts: [Int] = []

    /// - Parameter add: appends the points of a window.
    mutating func fill(_ series: TierSeries, add: (Int, SampleColumn) -> Void) {
        column.removeAll()
        starts.removeAll(keepingCapacity: true)
        for index in 0..<series.windows.count {
            starts.append(column.count)
            add(index, column)
        }
        starts.append(column.count)
        column.append(series.tail)
    }

    /// One point for each window, its time and value from lists of them.
    mutating func fill(_ series: TierSeries, times: UnsafePointer<Timestamp>, values: UnsafePointer<Double>) {
        let count = series.windows.count
        starts.removeAll()
        column.removeAll()
        column.reserve(count)
        column.times.update(from: times, count: count)
        column.values.update(from: values, count: count)
        column.count = count
        column.append(series.tail)
    }

    /// The points of a range's windows and samples.
    func window(_ window: TierWindow) -> Window {
        Window(
            times: column.times, values: column.values, low: place(window.low), high: place(window.high), start: window.start, end: window.end,
            evaluation: window.evaluation, step: window.step)
    }

    private func place(_ place: Int) -> Int {
        if starts.isEmpty { return place }
        let windows = starts.count - 1
        return place <= windows ? starts[place] : starts[windows] + place - windows
    }
}

extension SampleColumn {
    /// Adds the samples of another column behind its own.
    func append(_ other: SampleColumn) {
        reserve(other.count)
        (times + count).update(from: other.times, count: other.count)
        (values + count).update(from: other.values, count: other.count)
        count += other.count
    }
}

extension AggregateColumn {
    /// Appends the first sample of a window and, if it has more than one, the last.
    func appendEdges(_ index: Int, to points: SampleColumn) {
        points.append(firstTimes[index], firsts[index])
        if counts[index] > 1 { points.append(lastTimes[index], lasts[index]) }
    }
}
