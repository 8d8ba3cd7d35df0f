public import Model
import Synchronization

/// A clock that stands still until it is told otherwise.
public final class ManualClock: Clock {
    private let time: Mutex<Timestamp>

    public init(_ start: Timestamp) { time = Mutex(start) }

    public func now() -> Timestamp { time.withLock { $0 } }
    public func monotonic() -> Int64 { now() * 1_000_000 }
    public func set(_ now: Timestamp) { time.withLock { $0 = now } }
}
