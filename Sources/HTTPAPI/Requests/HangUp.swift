import PromQL
import Synchronization

/// Tells running work that its client has gone. One a connection; requests on it come one after another.
public final class HangUp: Sendable {
    private struct State {
        var hasHungUp = false
        var watched: StopSignal?
    }

    private let state = Mutex(State())

    public init() {}

    /// Cancels what is watched, now and from now on.
    public func happened() {
        let watched = state.withLock { state in
            state.hasHungUp = true
            return state.watched
        }
        watched?.cancel()
    }

    /// Has `signal` cancelled when the client hangs up; nil ends the watch.
    func watch(_ signal: StopSignal?) {
        let isLate = state.withLock { state in
            state.watched = signal
            return state.hasHungUp
        }
        if isLate { signal?.cancel() }
    }
}
