import Model

extension [HistogramAggregate] {
    /// Appends the windows of histograms in ascending order of time. The newest window that is there must end before the first of them.
    mutating func fold(_ column: HistogramColumn, _ range: Range<Int>, resolution: Int64) {
        var at = range.lowerBound
        while at < range.upperBound {
            let end = windowEnd(column.times[at], resolution)
            var sequence = HistogramSequence(Self.window(column, at))
            at += 1
            while at < range.upperBound, column.times[at] <= end {
                sequence.add(Self.window(column, at))
                at += 1
            }
            append(sequence.result(end))
        }
    }

    /// A histogram as a window of one.
    static func window(_ column: HistogramColumn, _ place: Int) -> HistogramAggregate {
        let (time, histogram) = (column.times[place], column.histograms[place])
        return histogram.isStale ? HistogramAggregate(end: time, staleTime: time) : HistogramAggregate(time: time, histogram)
    }

    /// Puts histograms in ascending order of time, as windows of one, among those from `start` on, in the order of their ends; behind one that ends at
    /// the same time.
    mutating func insert(_ column: HistogramColumn, into start: Int) {
        guard column.count > 0 else { return }
        append(contentsOf: (0..<column.count).map { Self.window(column, $0) })
        guard count - column.count > start else { return }
        let sorted = self[start...].enumerated().sorted { ($0.element.end, $0.offset) < ($1.element.end, $1.offset) }
        replaceSubrange(start..., with: sorted.map(\.element))
    }

    /// The same for finer windows. What is a multiple of the resolution already stays as it is.
    mutating func fold(_ finer: [HistogramAggregate], resolution: Int64) {
        var at = 0
        while at < finer.count {
            let end = windowEnd(finer[at].end, resolution)
            var sequence = HistogramSequence(finer[at])
            at += 1
            while at < finer.count, finer[at].end <= end {
                sequence.add(finer[at])
                at += 1
            }
            append(sequence.result(end))
        }
    }

    /// Merges the windows from `start` on, which ascend, with those before, which ascend too from `first` on: two that end at one time become one.
    mutating func mergeTail(from start: Int, into first: Int) {
        guard start > first, start < count, self[start].end <= self[start - 1].end else { return }
        let order = (first..<count).sorted { (self[$0].end, $0) < (self[$1].end, $1) }
        var result = Array(self[..<first])
        for place in order {
            if let last = result.last, result.count > first, last.end == self[place].end {
                result[result.count - 1] = last.merged(with: self[place])
            } else {
                result.append(self[place])
            }
        }
        self = result
    }
}

/// Windows of histograms that follow each other, put together.
struct HistogramSequence {
    private var whole: HistogramAggregate
    private var sum: HistogramTotal
    private var lost = HistogramTotal()

    init(_ first: HistogramAggregate) {
        whole = first
        sum = HistogramTotal()
        if first.count > 0 { sum.add(first) }
        lost.add(first.lost)
    }

    mutating func add(_ next: HistogramAggregate) {
        whole.isMerged = whole.isMerged || next.isMerged
        guard next.count > 0 else {
            // Of several markers in a row the first one ends the series.
            whole.staleTime = whole.staleTime ?? next.staleTime
            return
        }
        guard whole.count > 0 else {
            let isMerged = whole.isMerged
            self = HistogramSequence(next)
            whole.isMerged = isMerged
            return
        }
        sum.add(next)
        lost.add(next.lost)
        whole.count = counted(whole.count, next.count)
        whole.resets = counted(whole.resets, next.resets)
        if next.first.isReset(after: whole.last) {
            lost.add(whole.last.fractions)
            whole.resets = counted(whole.resets, 1)
        }
        (whole.lastTime, whole.last, whole.staleTime) = (next.lastTime, next.last, next.staleTime)
    }

    func result(_ end: Timestamp) -> HistogramAggregate {
        var result = whole
        result.end = end
        // One histogram is its own sum.
        if whole.count > 1 { (result.sum, result.lost) = (sum.value, lost.value) }
        return result
    }
}

/// A sum of histograms; none if there are none, or if two of them cannot be added up.
private struct HistogramTotal {
    private var sum: HistogramSum?
    private var isMixed = false

    mutating func add(_ histogram: FloatHistogram?) {
        guard let histogram, !isMixed else { return }
        guard sum != nil else {
            sum = HistogramSum(.fractional(histogram))
            return
        }
        do { try sum?.add(.fractional(histogram)) } catch { isMixed = true }
    }

    /// Adds what a window adds up to.
    mutating func add(_ window: HistogramAggregate) {
        if window.count == 1 { return add(window.last.fractions) }
        if window.sum == nil { isMixed = true }
        add(window.sum)
    }

    var value: FloatHistogram? { isMixed ? nil : sum?.histogram }
}

extension HistogramAggregate {
    /// With those histograms of the same window that another aggregate has and this one does not: see `Aggregate.merged`.
    func merged(with other: HistogramAggregate) -> HistogramAggregate {
        guard count > 0, other.count > 0 else { return marked(count > 0 ? self : other, other, last: count > 0 ? lastTime : other.lastTime) }
        let (earlier, later) = firstTime <= other.firstTime ? (self, other) : (other, self)
        var sequence = HistogramSequence(earlier)
        sequence.add(later)
        var result = sequence.result(end)
        if earlier.lastTime >= later.firstTime {
            // They lie among each other, and will have seen the same resets.
            let guess = resets < other.resets ? other : self
            (result.resets, result.lost) = (guess.resets, guess.lost)
            if earlier.lastTime >= later.lastTime { (result.lastTime, result.last) = (earlier.lastTime, earlier.last) }
        }
        return marked(result, other, last: result.lastTime)
    }

    private func marked(_ result: HistogramAggregate, _ other: HistogramAggregate, last: Timestamp) -> HistogramAggregate {
        var result = result
        // Without a histogram every marker counts.
        let behind = result.count > 0 ? last : .min
        result.staleTime = [staleTime, other.staleTime].compactMap { $0 }.filter { $0 > behind }.min()
        result.isMerged = true
        return result
    }
}
