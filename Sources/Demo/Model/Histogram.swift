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

    /// Events of calm times take `delay`, those of incidents `slowed`. Each part is rounded on its own and only grows, so the whole does.
    init(_ work: Activity.Work, rate: Double, bounds: [Double], delay: Delay, slowed: Delay? = nil) {
        let bad = slowed ?? delay.slower(4)
        let calm = rate * work.calm
        let troubled = rate * work.troubled
        buckets = bounds.map { bound in
            (bound, (calm * delay.share(within: bound)).rounded() + (troubled * bad.share(within: bound)).rounded())
        }
        count = calm.rounded() + troubled.rounded()
        sum = calm.rounded() * delay.mean + troubled.rounded() * bad.mean
    }
}

extension Activity {
    /// The histogram of work that comes `rate` times a second at the busiest hour.
    func histogram(_ rate: Double, _ key: String, bounds: [Double], delay: Delay, slowed: Delay? = nil) -> Histogram {
        Histogram(work(key), rate: rate, bounds: bounds, delay: delay, slowed: slowed)
    }
}
