import Model
import TSDB

extension HistogramAggregate {
    /// All its histograms together; nil if they cannot be added up.
    var total: FloatHistogram? { count == 1 ? first.fractions : sum }

    /// As `Aggregate`'s: a late histogram among those of a window.
    fileprivate func merged(with other: HistogramAggregate) -> HistogramAggregate {
        if count == 0 { return other.closed(by: staleTime) }
        var all = self
        all.end = max(end, other.end)
        all.count += other.count
        if other.firstTime < firstTime { (all.firstTime, all.first) = (other.firstTime, other.first) }
        if other.lastTime >= lastTime { (all.lastTime, all.last) = (other.lastTime, other.last) }
        all.sum = Self.sum(total, other.total)
        if lost != nil || other.lost != nil { all.lost = lost.flatMap { mine in other.lost.flatMap { Self.sum(mine, $0) } ?? mine } ?? other.lost }
        all.resets += other.resets
        all.staleTime = [staleTime, other.staleTime].compactMap { $0 }.filter { $0 > all.lastTime }.max()
        all.isMerged = true
        return all
    }

    private func closed(by time: Timestamp?) -> HistogramAggregate {
        guard let time, time > lastTime else { return self }
        var closed = self
        closed.staleTime = Swift.max(time, staleTime ?? time)
        return closed
    }

    fileprivate var lastKnown: Timestamp { count > 0 ? lastTime : staleTime ?? .min }

    private static func sum(_ a: FloatHistogram?, _ b: FloatHistogram?) -> FloatHistogram? {
        guard let a, let b else { return nil }
        var sum = HistogramSum(SparseHistogram(a))
        do { try sum.add(SparseHistogram(b)) } catch { return nil }
        return sum.result().histogram
    }
}

extension [HistogramAggregate] {
    /// See `AggregateColumn.mergeOverlaps`.
    mutating func mergeOverlaps() {
        let overlap = { (a: HistogramAggregate, b: HistogramAggregate) in b.count > 0 && b.firstTime <= a.lastKnown }
        guard (1..<Swift.max(count, 1)).contains(where: { overlap(self[$0 - 1], self[$0]) }) else { return }
        var merged: [HistogramAggregate] = []
        for var window in self {
            while let last = merged.last, overlap(last, window) {
                window = last.merged(with: window)
                merged.removeLast()
            }
            merged.append(window)
        }
        self = merged
    }
}

extension TierSeries {
    /// Windows like those that another series has of histograms, whose first and last values are twice the histogram window's number and one more.
    func fill(numbering other: TierSeries, forRanges: Bool = false) {
        spans = other.spans
        for (number, histogram) in other.histograms.enumerated() {
            var window = Aggregate(Sample(time: histogram.end, value: Double(2 * number)))
            (window.count, window.firstTime, window.lastTime) = (histogram.count, histogram.firstTime, histogram.lastTime)
            window.last += 1
            window.staleTime = histogram.staleTime
            windows.append(window)
        }
        prepare(forRanges: forRanges)
    }
}

/// Puts histograms on the shelf for such numbers, those that come one after the other once.
struct TierHistogramMarks {
    private let windows: [HistogramAggregate]
    private let shelf: HistogramShelf
    private var known: (number: Double, mark: Double)?

    init(_ windows: [HistogramAggregate], _ shelf: HistogramShelf) {
        self.windows = windows
        self.shelf = shelf
    }

    mutating func mark(_ number: Double) throws -> Double {
        if let known, known.number == number { return known.mark }
        let window = windows[Int(number) / 2]
        let isFirst = Int(number).isMultiple(of: 2)
        let mark = try shelf.put(SparseHistogram((isFirst ? window.first : window.last).fractions))
        known = (number, mark)
        return mark
    }
}
