/// What storing a target's pages has cost of late, to tell those that take less time than handing them to another thread is worth.
struct IngestCost {
    /// A page that is so much larger than the last is another page.
    private static let slack = 64 << 10

    /// Nanoseconds; nil where nothing is known yet.
    private var average: Int64?
    /// Bytes of the last page.
    private var size = 0

    /// Whether a page of so many bytes will probably be stored in less than so many nanoseconds.
    func isQuick(_ bytes: Int, within limit: Int64) -> Bool {
        guard let average else { return false }
        return average < limit && bytes <= 2 * size + Self.slack
    }

    /// A single one that was slow, because its thread had to wait, does not count much.
    mutating func note(_ nanoseconds: Int64, bytes: Int) {
        average = average.map { ($0 * 3 + nanoseconds) / 4 } ?? nanoseconds
        size = bytes
    }
}
