import Model

/// Where the windows lie that a chunk is made of. The column must stay as it is, and alive, as long as this is used.
struct WindowMemory {
    let count: Int
    let ends: UnsafePointer<Timestamp>
    let counts: UnsafePointer<Int64>
    let firstTimes: UnsafePointer<Timestamp>
    let firsts: UnsafePointer<Double>
    let lastTimes: UnsafePointer<Timestamp>
    let lasts: UnsafePointer<Double>
    let sums: UnsafePointer<Double>
    let minima: UnsafePointer<Double>
    let maxima: UnsafePointer<Double>
    let lost: UnsafePointer<Double>
    let resets: UnsafePointer<Int64>
    let staleTimes: UnsafePointer<Timestamp>
    let merged: UnsafePointer<Bool>

    init(_ column: AggregateColumn, _ part: Range<Int>) {
        let first = part.lowerBound
        count = part.count
        (ends, counts) = (UnsafePointer(column.ends + first), UnsafePointer(column.counts + first))
        (firstTimes, firsts) = (UnsafePointer(column.firstTimes + first), UnsafePointer(column.firsts + first))
        (lastTimes, lasts) = (UnsafePointer(column.lastTimes + first), UnsafePointer(column.lasts + first))
        (sums, lost) = (UnsafePointer(column.sums + first), UnsafePointer(column.lost + first))
        (minima, maxima) = (UnsafePointer(column.minima + first), UnsafePointer(column.maxima + first))
        resets = UnsafePointer(column.resets + first)
        (staleTimes, merged) = (UnsafePointer(column.staleTimes + first), UnsafePointer(column.merged + first))
    }

    var indices: Range<Int> { 0..<count }
}
