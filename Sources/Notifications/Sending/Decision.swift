import Synchronization

/// A value that one of several tasks decides, the first; the others come too late.
final class Decision<Value: Sendable>: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Value, Never>)
        case decided(Value)
    }

    private let state = Mutex(State.open)

    /// False if it was decided before.
    @discardableResult
    func decide(_ value: Value) -> Bool {
        state.withLock { state in
            if case .decided = state { return false }
            if case .awaited(let continuation) = state { continuation.resume(returning: value) }
            state = .decided(value)
            return true
        }
    }

    /// Waits until it is decided; for one task.
    func value() async -> Value {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                if case .decided(let value) = state { continuation.resume(returning: value) } else { state = .awaited(continuation) }
            }
        }
    }
}
