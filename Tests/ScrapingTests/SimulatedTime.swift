import Model
import Synchronization

@testable import Scraping

/// Time that stands still until a test moves it: the clock and the sleeper of scrape loops.
final class SimulatedTime: Clock, Sleeper {
    private struct Waiting {
        let due: Int64
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        /// Nanoseconds since the start.
        var passed: Int64 = 0
        /// Milliseconds of the wall clock at the start.
        var wall: Timestamp
        var nextNumber = 0
        var cancelled: Set<Int> = []
        var waiting: [Int: Waiting] = [:]
    }

    private let state: Mutex<State>

    init(startingAt wall: Timestamp = 1_000_000) { state = Mutex(State(wall: wall)) }

    func now() -> Timestamp { state.withLock { $0.wall + $0.passed / 1_000_000 } }
    func monotonic() -> Int64 { state.withLock { $0.passed } }

    func sleep(nanoseconds: Int64) async throws {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    guard state.cancelled.remove(number) == nil else { return true }
                    state.waiting[number] = Waiting(due: state.passed + nanoseconds, continuation: continuation)
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                if let waiting = state.waiting.removeValue(forKey: number) { return waiting as Waiting? }
                state.cancelled.insert(number)
                return nil
            }
            waiting?.continuation.resume(throwing: CancellationError())
        }
    }

    /// How many sleep at the moment.
    var sleeping: Int { state.withLock { $0.waiting.count } }

    /// Waits until `count` sleep, which is when all the loops of a test have nothing more to do at this time.
    func settle(_ count: Int = 1) async { await until { self.sleeping == count } }

    /// Sets the wall clock, as an administrator would.
    func shiftWall(by milliseconds: Int64) { state.withLock { $0.wall += milliseconds } }

    /// Time passes while something is at work: nobody is woken.
    func pass(nanoseconds: Int64) { state.withLock { $0.passed += nanoseconds } }

    /// Goes to the moment at which the next sleeper is due, or `late` nanoseconds beyond it, and wakes all that are due by then.
    func wakeNext(late: Int64 = 0) {
        let due = state.withLock { state in
            guard let first = state.waiting.values.map(\.due).min() else { return [Waiting]() }
            state.passed = max(state.passed, first + late)
            let due = state.waiting.filter { $0.value.due <= state.passed }
            for number in due.keys { state.waiting[number] = nil }
            return due.sorted { $0.key < $1.key }.map(\.value)
        }
        for one in due { one.continuation.resume() }
    }
}

/// Lets others run until something is so. Never returns if it never is: the suites have a time limit.
func until(_ isSo: () -> Bool) async {
    while !isSo() { await Task.yield() }
}
