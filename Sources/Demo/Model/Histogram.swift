import Glibc

/// How long things take: log-normal, the usual shape of response times.
struct Delay: Sendable {
    /// Half take no longer than this many seconds.
    let median: Double
    /// The standard deviation of the logarithm: 0.5 is steady, 1.2 has a long tail.
    let spread: Double

    /// The share that takes at most `seconds`, 0 … 1, never falling with `seconds`.
    func share(within seconds: Double) -> Double {
        0.5 * erfc(-(log(seconds / median)) / (spread * 2.0.squareRoot()))
    }

    var mean: Double { median * exp(spread * spread / 2) }

    /// The same work while something is wrong.
    func slower(_ factor: Double) -> Delay { Delay(median: median * factor, spread: spread * 1.2) }
}

/// A classic histogram as it stands on a page: cumulative buckets that agree with count and sum.
struct Histogram: Sendable {
    /// Upper bounds in seconds, rising, +Inf not among them, each with the events up to it.
    let buckets: [(bound: Double, count: Double)]
    let count: Double
    let sum: Double

    /// Work takes `delay`, and that done during some drills what `slowed` says. Each part is rounded on its own and only grows, so the whole does.
    init(_ work: Work, rate: Double, bounds: [Double], delay: Delay, slowed: [Drill: Delay]) {
        let parts =
            [(rate * work.besides { slowed[$0] != nil }, delay)]
            + slowed.sorted { $0.key.rawValue < $1.key.rawValue }.map { (rate * work[$0.key], $0.value) }
        buckets = bounds.map { bound in
            (bound, parts.reduce(0) { $0 + ($1.0 * $1.1.share(within: bound)).rounded() })
        }
        count = parts.reduce(0) { $0 + $1.0.rounded() }
        sum = parts.reduce(0) { $0 + $1.0.rounded() * $1.1.mean }
    }
}

extension Activity {
    /// The histogram of work that comes `rate` times a second at the busiest hour and takes so many times as long during some drills.
    func histogram(_ rate: Double, _ key: String, bounds: [Double], delay: Delay, slower: Work.Shares = [:]) -> Histogram {
        Histogram(work(key), rate: rate, bounds: bounds, delay: delay, slowed: slower.mapValues(delay.slower))
    }
}
