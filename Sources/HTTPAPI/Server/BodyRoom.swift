import Synchronization

/// The memory for large bodies: so much of it at a time, for so many requests. Whoever finds no room waits, in turn, and not for long.
///
/// While a request waits its connection is not read, so that what it sends piles up with its sender and not here.
final class BodyRoom: Sendable {
    private struct Waiter {
        let number: Int
        let bytes: Int
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var bytes = 0
        var requests = 0
        var waiters: [Waiter] = []
        var lastNumber = 0
        var turnedAway = 0
    }

    private let most: Int
    private let mostRequests: Int
    private let patience: Duration
    private let state = Mutex(State())

    init(bytes: Int = 64 << 20, requests: Int = 64, patience: Duration = .seconds(5)) {
        most = bytes
        mostRequests = requests
        self.patience = patience
    }

    /// Bytes taken at the moment.
    var taken: Int { state.withLock(\.bytes) }
    /// Requests that wait for some.
    var waiting: Int { state.withLock(\.waiters.count) }
    /// Requests that found no room in time.
    var turnedAway: Int { state.withLock(\.turnedAway) }

    /// Takes room if there is some and nobody waits for it.
    func tryEnter(_ bytes: Int) -> Bool {
        state.withLock { state in state.waiters.isEmpty && take(bytes, &state) }
    }

    /// Takes room, and waits for it if need be; false if there was none in time. Whoever has room gives it back by `leave`.
    func enter(_ bytes: Int) async -> Bool {
        if tryEnter(bytes) { return true }
        return await withCheckedContinuation { continuation in
            let number = state.withLock { state in
                state.lastNumber += 1
                state.waiters.append(Waiter(number: state.lastNumber, bytes: bytes, continuation: continuation))
                return state.lastNumber
            }
            admit()
            Task { [self] in
                try? await Task.sleep(for: patience)
                turnAway(number)
            }
        }
    }

    func leave(_ bytes: Int) {
        state.withLock { state in
            state.bytes -= bytes
            state.requests -= 1
        }
        admit()
    }

    /// Gives back a part, and stays.
    func giveBack(_ bytes: Int) {
        state.withLock { $0.bytes -= bytes }
        admit()
    }

    /// A body alone is always taken, however large it may become.
    private func take(_ bytes: Int, _ state: inout State) -> Bool {
        guard state.requests == 0 || (state.bytes + bytes <= most && state.requests < mostRequests) else { return false }
        state.bytes += bytes
        state.requests += 1
        return true
    }

    private func admit() {
        let admitted = state.withLock { state in
            var admitted: [Waiter] = []
            while let first = state.waiters.first, take(first.bytes, &state) { admitted.append(state.waiters.removeFirst()) }
            return admitted
        }
        for waiter in admitted { waiter.continuation.resume(returning: true) }
    }

    private func turnAway(_ number: Int) {
        let waiter = state.withLock { state -> Waiter? in
            guard let at = state.waiters.firstIndex(where: { $0.number == number }) else { return nil }
            state.turnedAway += 1
            return state.waiters.remove(at: at)
        }
        waiter?.continuation.resume(returning: false)
        // Those behind may need less.
        if waiter != nil { admit() }
    }
}
