import Model
import Synchronization

/// A clock that the simulation turns.
final class SimulatedClock: Clock {
    private struct State {
        var wall: Timestamp
        var monotonic: Int64 = 0
    }

    private let state: Mutex<State>

    init(_ wall: Timestamp) { state = Mutex(State(wall: wall)) }

    func now() -> Timestamp { state.withLock { $0.wall } }
    /// In nanoseconds.
    func monotonic() -> Int64 { state.withLock { $0.monotonic * 1_000_000 } }

    /// Lets time pass, in milliseconds.
    func pass(_ milliseconds: Int64) {
        state.withLock { state in
            state.wall += milliseconds
            state.monotonic += milliseconds
        }
    }

    /// Somebody sets the clock.
    func jump(_ milliseconds: Int64) { state.withLock { $0.wall += milliseconds } }
}
