/// Numbers about chunks, shown as a histogram in text.
struct ChunkFigures {
    var all: [Int] = []

    /// A title, a line a bucket with a bar that is 100 long for all chunks, and an empty line.
    func lines(_ title: String, of total: Int) -> [String] {
        guard let least = all.min(), let greatest = all.max() else { return [title + ": N/A", ""] }
        let (start, end, step) = Self.buckets(least, greatest)
        var counts = [Int](repeating: 0, count: (end - start) / step + 1)
        for number in all { counts[(number - start) / step] += 1 }
        let mean = all.reduce(0, +) / all.count
        let widths = [end, end + step, counts.max() ?? 0].map { String($0).utf8.count }
        let bars = counts.enumerated().map { bucket, count in
            let from = Self.right(bucket * step + start + 1, widths[0])
            let through = Self.right((bucket + 1) * step + start, widths[1])
            return "[\(from), \(through)]: \(Self.right(count, widths[2])) " + String(repeating: "#", count: 100 * count / max(total, 1))
        }
        return ["\(title) (min/avg/max): \(least)/\(mean)/\(greatest)"] + bars + [""]
    }

    /// Steps of a power of ten, so many that there are about ten.
    private static func buckets(_ least: Int, _ greatest: Int) -> (start: Int, end: Int, step: Int) {
        var step = 10
        while step < (greatest - least) / 10, step <= 10_000 { step *= 10 }
        return (least - least % step, greatest - greatest % step + step, step)
    }

    private static func right(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: " ", count: max(0, width - digits.utf8.count)) + digits
    }
}
