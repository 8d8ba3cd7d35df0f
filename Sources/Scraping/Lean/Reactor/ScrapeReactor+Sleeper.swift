import Synchronization

extension ScrapeReactor: Sleeper {
    public func sleep(nanoseconds: Int64) async throws {
        let sleep = Sleep()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard sleep.begin(continuation) else { return }
                let time = Self.time(after: nanoseconds)
                if isCurrent { add(sleep, at: time) } else { perform { self.add(sleep, at: time) } }
            }
        } onCancel: {
            sleep.cancel()
        }
    }

    /// A task that sleeps, from which any thread may wake it early.
    private final class Sleep: Alarm, Sendable {
        private enum State {
            case new
            case asleep(CheckedContinuation<Void, any Error>)
            case over
        }

        private let state = Mutex(State.new)

        /// False if it was cancelled before it began; the task goes on at once.
        func begin(_ continuation: CheckedContinuation<Void, any Error>) -> Bool {
            let isCancelled = state.withLock { state in
                if case .over = state { return true }
                state = .asleep(continuation)
                return false
            }
            if isCancelled { continuation.resume(throwing: CancellationError()) }
            return !isCancelled
        }

        var isOff: Bool {
            state.withLock { state in
                if case .over = state { return true }
                return false
            }
        }

        func ring(at time: Int64) { end()?.resume() }
        func cancel() { end()?.resume(throwing: CancellationError()) }

        private func end() -> CheckedContinuation<Void, any Error>? {
            state.withLock { state in
                defer { state = .over }
                guard case .asleep(let continuation) = state else { return nil }
                return continuation
            }
        }
    }
}
