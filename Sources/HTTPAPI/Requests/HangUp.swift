import Synchronization

/// Tells running work that its client has gone. One a connection; requests on it come one after another.
public final class HangUp: Sendable {
    private struct State {
        var hasHungUp = false
        var watched: QueryJob?
    }

    private let state = Mutex(State())

    public init() {}

    /// Ends what is watched, now and from now on.
    public func happened() {
        let watched = state.withLock { state in
            state.hasHungUp = true
            return state.watched
        }
        watched?.end(.clientGone)
    }

    /// Has `job` ended when the client hangs up; nil ends the watch.
    func watch(_ job: QueryJob?) {
        let isLate = state.withLock { state in
            state.watched = job
            return state.hasHungUp
        }
        if isLate { job?.end(.clientGone) }
    }
}
