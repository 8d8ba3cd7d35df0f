import Model

/// What the budget leaves to one batch: looked up when the first series that there is not yet comes.
struct SeriesRoom {
    /// What a series takes beside the bytes of its labels, about: its record, a chunk, its places in lists.
    private static let bytesOfOne = 400

    private var series: Int
    private var bytes: Int

    init(_ budget: SeriesBudget, _ core: HeadCore) {
        series = budget.series.map { $0 - Int(core.series.count) } ?? .max
        bytes = budget.bytes.map { $0 - core.byteCount } ?? .max
    }

    /// Takes the room of one series; false if there is none, unless the series needs none.
    mutating func take(_ labels: Labels, isExempt: Bool) -> Bool {
        guard isExempt || (series > 0 && bytes > 0) else { return false }
        if series != .max { series -= 1 }
        if bytes != .max { bytes -= Self.bytesOfOne + labels.encoding.count }
        return true
    }
}
