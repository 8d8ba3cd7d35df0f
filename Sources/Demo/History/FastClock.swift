import Model
import Synchronization

/// A clock that says what it is told.
final class FastClock: Clock {
    private let wall: Atomic<Int64>
    /// What has passed beside the wall clock, in milliseconds.
    private let beside = Atomic<Int64>(0)

    init(_ time: Timestamp) { wall = Atomic(time) }

    func now() -> Timestamp { wall.load(ordering: .relaxed) }

    func monotonic() -> Int64 { (now() + beside.load(ordering: .relaxed)) * 1_000_000 }

    func set(_ time: Timestamp) { wall.store(time, ordering: .relaxed) }

    /// Lets time pass for those who wait, though by the wall clock it does not.
    func pass(_ milliseconds: Int64) { beside.add(milliseconds, ordering: .relaxed) }
}
