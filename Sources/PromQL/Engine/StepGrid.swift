import Model
import TSDB

/// The times a query is evaluated at: `count` of them, `step` milliseconds apart.
struct StepGrid: Hashable {
    let start: Timestamp
    let step: Int64
    let count: Int

    /// One evaluation.
    init(at time: Timestamp) {
        start = time
        step = 1
        count = 1
    }

    /// All of `from`, `from + step`, … up to `through`; none if `through` comes first.
    init(from: Timestamp, through: Timestamp, step: Int64) {
        start = from
        self.step = step
        count = through < from ? 0 : Int((through - from) / step) + 1
    }

    var end: Timestamp { start + step * Int64(max(count - 1, 0)) }

    func time(_ index: Int) -> Timestamp { start &+ step &* Int64(index) }
}

/// Times and distances that may be added and subtracted a few times without overflow. They reach 30 million years.
enum TimeBounds {
    static let limit: Int64 = 1 << 60

    static func contains(_ time: Int64) -> Bool { time.magnitude <= limit.magnitude }

    static func clamp(_ time: Int64) -> Int64 { min(limit, max(-limit, time)) }
}

/// The times a selector or subquery looks at, one per step of the grid: shifted by an offset, or all the same under `@`.
struct ReferenceTimes {
    let first: Timestamp
    /// Zero where `@` fixes the time.
    let stride: Int64
    let count: Int

    var last: Timestamp { first &+ stride &* Int64(max(count - 1, 0)) }

    subscript(index: Int) -> Timestamp { first &+ stride &* Int64(index) }

    /// The windows before these times; nil if they leave out too little to be worth a thought.
    func windows(_ length: Int64) -> QueryWindows? {
        stride > length && count > 0 ? QueryWindows(first: first, stride: stride, count: count, length: length) : nil
    }
}
