import Model

/// The native histograms that a query holds. Rows and columns have numbers only: where a sample is a histogram, its value is a NaN that tells the
/// place on the shelf.
///
/// So all that only moves samples about (sets, limits, sorting, labels) need not know of histograms, and what calculates asks first whether the
/// shelf is empty, as it mostly is.
final class HistogramShelf {
    /// The upper half of a shelf mark. No calculation gives such a NaN, and one that is read is replaced.
    private static let mark: UInt64 = 0xfffc_4d41

    private var histograms: [SparseHistogram] = []
    /// So many of them stay to the query's end: a table has their marks.
    private var pinned = 0
    private let account: QueryAccount

    init(account: QueryAccount) { self.account = account }

    var isEmpty: Bool { histograms.isEmpty }

    @inline(__always)
    static func isMark(_ value: Double) -> Bool { value.bitPattern >> 32 == mark }

    /// Puts a histogram on the shelf; gives its mark.
    func put(_ histogram: SparseHistogram) throws(QueryError) -> Double {
        try account.hold(histogram.weight)
        try account.take(bytes: histogram.weight * QueryAccount.bytesPerSample)
        histograms.append(histogram)
        return mark(histograms.count - 1)
    }

    /// Runs what deals with one series, and clears away what it has put on the shelf, unless somebody has pinned it.
    func clearing<R>(_ body: () throws -> R) rethrows -> R {
        let before = histograms.count
        defer { clear(to: max(before, pinned)) }
        return try body()
    }

    private func clear(to count: Int) {
        guard histograms.count > count else { return }
        let weight = histograms[count...].reduce(0) { $0 + $1.weight }
        account.release(weight)
        account.giveBack(bytes: weight * QueryAccount.bytesPerSample)
        histograms.removeLast(histograms.count - count)
    }

    /// All that is there stays: a table has its marks.
    func pin() { pinned = histograms.count }

    /// The histograms of a row that is kept stay to the query's end; all else that its series put on the shelf goes.
    ///
    /// To be called when nothing else of the series is wanted any more: what the marks in other rows and in its samples stood for is gone.
    func keep(_ row: Row) {
        guard histograms.count > pinned else { return }
        var kept: [SparseHistogram] = []
        var last = -1
        row.forEach { step in
            guard let histogram = histogram(row.values[step]), place(row.values[step]) >= pinned else { return }
            // What is the same at every step stays one.
            if place(row.values[step]) != last { kept.append(histogram) }
            last = place(row.values[step])
            row.values[step] = mark(pinned + kept.count - 1)
        }
        let weight = histograms[pinned...].reduce(0) { $0 + $1.weight } - kept.reduce(0) { $0 + $1.weight }
        account.release(weight)
        account.giveBack(bytes: weight * QueryAccount.bytesPerSample)
        histograms.removeLast(histograms.count - pinned)
        histograms += kept
        pinned = histograms.count
    }

    private func mark(_ place: Int) -> Double { Double(bitPattern: Self.mark << 32 | UInt64(place)) }

    private func place(_ mark: Double) -> Int { Int(mark.bitPattern & 0xffff_ffff) }

    /// The histogram that a value stands for, nil for a number.
    func histogram(_ value: Double) -> SparseHistogram? {
        guard Self.isMark(value) else { return nil }
        let place = place(value)
        return place < histograms.count ? histograms[place] : nil
    }
}

extension HistogramShelf {
    /// The same value, without what a histogram knows of the one before.
    func withoutResetHint(_ value: Double) throws(QueryError) -> Double {
        guard var histogram = histogram(value), histogram.hint == .reset || histogram.hint == .noReset else { return value }
        histogram.hint = .unknown
        return try put(histogram)
    }

    /// Whether a counter began anew between two samples; one of another kind is of another counter.
    func isReset(_ before: Double, _ now: Double) -> Bool {
        switch (histogram(before), histogram(now)) {
        case (let before?, let now?): now.isReset(after: before)
        case (nil, nil): now < before
        default: true
        }
    }

    /// Whether two samples differ.
    func isChange(_ before: Double, _ now: Double) -> Bool {
        switch (histogram(before), histogram(now)) {
        case (let before?, let now?): !now.equals(before)
        case (nil, nil): now != before && !(now.isNaN && before.isNaN)
        default: true
        }
    }
}

extension Row {
    /// Whether a step's value stands for a histogram.
    func hasHistograms() -> Bool {
        var found = false
        forEach { if HistogramShelf.isMark(values[$0]) { found = true } }
        return found
    }

    /// Whether a step's value is a number.
    func hasFloats() -> Bool {
        var found = false
        forEach { if !HistogramShelf.isMark(values[$0]) { found = true } }
        return found
    }

    /// Takes out the steps at which there is a histogram.
    func removeHistograms() { forEach { if HistogramShelf.isMark(values[$0]) { remove($0) } } }
}

extension SampleColumn {
    func hasHistograms() -> Bool { (0..<count).contains { HistogramShelf.isMark(values[$0]) } }

    func hasFloats() -> Bool { (0..<count).contains { !HistogramShelf.isMark(values[$0]) } }
}
