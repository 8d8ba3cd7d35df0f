import Model

/// When a target is scraped. Ticks are counted on the clock that never goes back; the timestamps of samples are the wall clock's, moved onto the
/// schedule if the tick came at most 2 ms (and 1 % of the interval) late, so that equal distances compress well.
struct ScrapeSchedule {
    /// Milliseconds.
    let interval: Int64
    private var dueAt: Int64
    private var aligned: Timestamp?

    /// `monotonic` in nanoseconds and `now` are one moment; the first tick is when the wall clock is at `offset` in the interval.
    init(interval: Int64, offset: Int64, now: Timestamp, monotonic: Int64) {
        self.interval = max(1, interval)
        let place = ((now % self.interval) + self.interval) % self.interval
        let wait = (offset - place + self.interval) % self.interval
        dueAt = Self.sum(monotonic, Self.nanoseconds(wait))
    }

    /// Intervals may be as long as the nanoseconds of 64 bits allow: what does not fit waits for ever instead.
    static func nanoseconds(_ milliseconds: Int64, times: Int64 = 1) -> Int64 {
        let (whole, overflow) = milliseconds.multipliedReportingOverflow(by: times)
        let (product, overflows) = whole.multipliedReportingOverflow(by: 1_000_000)
        return overflow || overflows ? .max : product
    }

    private static func sum(_ a: Int64, _ b: Int64) -> Int64 {
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? .max : sum
    }

    /// Nanoseconds until the next tick; 0 if it is due.
    func wait(_ monotonic: Int64) -> Int64 { max(0, dueAt - monotonic) }

    /// Takes the tick that is due and gives its timestamp. Of ticks that were missed, one is made up for.
    mutating func take(now: Timestamp, monotonic: Int64) -> Timestamp {
        let step = Self.nanoseconds(interval)
        let due = Self.sum(dueAt, Self.nanoseconds(interval, times: max(0, monotonic - dueAt) / step))
        dueAt = Self.sum(due, step)
        // What the wall clock showed when the tick was due: however late it came, the next ones will be on time.
        let ideal = now.earlier(by: max(0, monotonic - due) / 1_000_000)
        let tolerance = min(interval / 100, 2)
        var schedule = aligned ?? ideal
        schedule = ideal.earlier(by: Self.remainder(ideal, schedule, interval))
        // The wall clock was set, or runs at another speed: the schedule starts anew.
        if abs(ideal - schedule) > tolerance { schedule = ideal }
        aligned = schedule
        return abs(now - schedule) <= tolerance ? schedule : now
    }

    /// How far a time is from the nearest multiple of the interval behind or before another.
    private static func remainder(_ time: Timestamp, _ schedule: Timestamp, _ interval: Int64) -> Int64 {
        let past = time.earlier(by: schedule) % interval
        if past > interval / 2 { return past - interval }
        return past < -(interval / 2) ? past + interval : past
    }
}
