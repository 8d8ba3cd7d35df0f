import CLinux
import Runtime
import Synchronization

/// Does one thing after another, on a thread of its own, until it is told to stop.
final class SerialThread: Sendable {
    private struct State {
        var jobs: [@Sendable () -> Void] = []
        var isStopping = false
    }

    private let state = Mutex(State())
    private let wake = Semaphore()
    private let ended = Semaphore()

    /// - Parameter name: at most 15 bytes, which profilers show.
    init(name: String) {
        startThread { [self] in
            martlet_name_thread(name)
            while let jobs = next() {
                for job in jobs { job() }
            }
            ended.signal()
        }
    }

    /// Has `job` done behind all that waits; false if the thread was stopped.
    @discardableResult
    func submit(_ job: @escaping @Sendable () -> Void) -> Bool {
        let accepted = state.withLock { state in
            if !state.isStopping { state.jobs.append(job) }
            return !state.isStopping
        }
        if accepted { wake.signal() }
        return accepted
    }

    /// Waits until `job` is done and gives what it gives; nil if the thread was stopped. Not to be called on the thread itself.
    func run<R: Sendable>(_ job: @escaping @Sendable () -> R) -> R? {
        let answer = Answer<R>()
        guard submit({ answer.give(job()) }) else { return nil }
        return answer.wait()
    }

    private final class Answer<R: Sendable>: Sendable {
        private let result = Mutex<R?>(nil)
        private let given = Semaphore()

        func give(_ value: R) {
            result.withLock { $0 = value }
            given.signal()
        }

        func wait() -> R? {
            given.wait()
            return result.withLock { $0 }
        }
    }

    /// Ends the thread once all that waits is done.
    func stop() {
        let wasStopping = state.withLock { state in
            defer { state.isStopping = true }
            return state.isStopping
        }
        guard !wasStopping else { return }
        wake.signal()
        ended.wait()
    }

    /// Nil at the end.
    private func next() -> [@Sendable () -> Void]? {
        while true {
            let (jobs, isStopping) = state.withLock { state in
                defer { state.jobs = [] }
                return (state.jobs, state.isStopping)
            }
            if !jobs.isEmpty { return jobs }
            if isStopping { return nil }
            wake.wait()
        }
    }
}
