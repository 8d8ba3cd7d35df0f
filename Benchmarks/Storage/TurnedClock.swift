import Glibc
import Model
import Runtime
import Synchronization

/// A clock that goes only when it is told to.
final class TurnedClock: Clock {
    private let time: Mutex<Timestamp>

    init(_ start: Timestamp) { time = Mutex(start) }

    func now() -> Timestamp { time.withLock { $0 } }
    func monotonic() -> Int64 { now() * 1_000_000 }
    func pass(_ milliseconds: Int64) { time.withLock { $0 += milliseconds } }
}

/// What this process has used so far, in nanoseconds.
func cpuTime() -> Int {
    var used = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used)
    return used.tv_sec * 1_000_000_000 + used.tv_nsec
}
