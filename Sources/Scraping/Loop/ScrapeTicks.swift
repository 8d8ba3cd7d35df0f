import Model
import Runtime

/// A loop's schedule, and when its last tick was.
struct ScrapeTicks {
    /// A scrape that has begun.
    struct Begun: Sendable {
        /// The timestamp of its samples.
        let time: Timestamp
        /// Nanoseconds.
        let monotonic: Int64
    }

    private(set) var schedule: ScrapeSchedule
    /// Of all loops with this interval.
    private let lengths: Summary
    /// On the monotonic clock; nil before the first.
    private(set) var last: Int64?

    init(_ schedule: ScrapeSchedule, _ lengths: Summary) {
        self.schedule = schedule
        self.lengths = lengths
    }

    /// Nanoseconds until the next one.
    func wait(_ clock: any Clock) -> Int64 { schedule.wait(clock.monotonic()) }

    mutating func take(_ clock: any Clock, _ counters: ScrapeCounters) -> Begun {
        let start = clock.monotonic()
        if let last {
            counters.intervalLength.observe(Double(start - last) / 1e9)
            lengths.observe(Double(start - last) / 1e9, at: start)
        }
        last = start
        return Begun(time: schedule.take(now: clock.now(), monotonic: start), monotonic: start)
    }
}
