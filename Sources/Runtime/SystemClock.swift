import Glibc
import Model

/// The operating system's clocks.
public struct SystemClock: Clock {
    public init() {}

    public func now() -> Timestamp {
        let time = Self.read(CLOCK_REALTIME)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    public func monotonic() -> Int64 {
        let time = Self.read(CLOCK_MONOTONIC)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private static func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        clock_gettime(clock, &time)
        return time
    }
}
