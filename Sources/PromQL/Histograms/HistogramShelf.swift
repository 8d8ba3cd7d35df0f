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
        return Double(bitPattern: Self.mark << 32 | UInt64(histograms.count - 1))
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

    /// All that is there stays.
    func pin() { pinned = histograms.count }

    /// The histogram that a value stands for, nil for a number.
    func histogram(_ value: Double) -> SparseHistogram? {
        guard Self.isMark(value) else { return nil }
        let place = Int(value.bitPattern & 0xffff_ffff)
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
