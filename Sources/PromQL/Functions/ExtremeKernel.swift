import Model

/// `min_over_time`, `max_over_time`, `ts_of_min_over_time`, `ts_of_max_over_time`.
///
/// Keeps a queue of the positions that can still become the extreme: each is better than all behind it, so the front is the answer, and a
/// sample enters and leaves once however much windows overlap. NaN loses against every number.
///
/// What a window has more than the one before is looked through from its end: few samples are better than all behind them, so that hardly any
/// enters, and a processor guesses right what comes of each comparison.
struct ExtremeKernel: WindowKernel {
    let isMax: Bool
    /// The time in seconds of the last occurrence instead of the value.
    let givesTime: Bool
    /// Positions, of which those from `front` up to `end` count.
    private var queue: [Int] = []
    private var front = 0
    private var end = 0
    private var entered = 0

    init(isMax: Bool, givesTime: Bool) {
        self.isMax = isMax
        self.givesTime = givesTime
    }

    mutating func begin(_ column: SampleColumn) {
        if queue.count < column.count { queue = [Int](repeating: 0, count: column.count) }
        front = 0
        end = 0
        entered = 0
    }

    mutating func value(_ window: Window) -> Double? {
        let values = window.values
        let order = Order(isMax: isMax, givesTime: givesTime)
        let start = max(entered, window.low)
        entered = window.high
        let (first, last) = (front, end)
        (front, end) = queue.withUnsafeMutableBufferPointer { queue in
            var (front, end) = (first, last)
            while front < end, queue[front] < window.low { front &+= 1 }
            guard start < window.high else { return (front, end) }
            let found = Self.candidates(values, start..<window.high, order, into: queue, from: end)
            let best = values[queue[found &- 1]]
            var kept = end
            while kept > front, order.yields(values[queue[kept &- 1]], to: best) { kept &-= 1 }
            end = Self.moveReversed(end..<found, of: queue, to: kept)
            return (front, end)
        }
        return givesTime ? Double(window.times[queue[front]]) / 1000 : values[queue[front]]
    }

    /// Puts the positions of those samples that yield to none behind them into the queue, the last one first.
    /// - Returns: the end of what it put there.
    @inline(__always)
    private static func candidates(
        _ values: UnsafePointer<Double>, _ range: Range<Int>, _ order: Order, into queue: UnsafeMutableBufferPointer<Int>, from end: Int
    ) -> Int {
        var end = end
        var at = range.upperBound &- 1
        var best = values[at]
        queue[end] = at
        end &+= 1
        while at > range.lowerBound {
            at &-= 1
            guard !order.yields(values[at], to: best) else { continue }
            best = values[at]
            queue[end] = at
            end &+= 1
        }
        return end
    }

    /// Moves a part of the queue to an earlier place, turned round, through itself.
    /// - Returns: the end of the part in its new place.
    @inline(__always)
    private static func moveReversed(_ part: Range<Int>, of queue: UnsafeMutableBufferPointer<Int>, to place: Int) -> Int {
        var (low, high) = (part.lowerBound, part.upperBound &- 1)
        while low < high {
            queue.swapAt(low, high)
            low &+= 1
            high &-= 1
        }
        guard place < part.lowerBound else { return part.upperBound }
        for offset in 0..<part.count { queue[place &+ offset] = queue[part.lowerBound &+ offset] }
        return place &+ part.count
    }

    private struct Order {
        let isMax: Bool
        let givesTime: Bool

        /// Of NaNs, which are equal here, the last one stays.
        @inline(__always)
        func yields(_ older: Double, to newer: Double) -> Bool {
            // Of equals, which a zero and a negative zero are, the first is the value; the time is that of the last.
            if isMax ? newer < older : newer > older { return false }
            if newer == older { return givesTime }
            return !newer.isNaN || older.isNaN
        }
    }
}
