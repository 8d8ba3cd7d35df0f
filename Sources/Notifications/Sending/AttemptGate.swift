import Notifier
import Synchronization

/// Lets so many attempts at a time through to each integration, the others in the order in which they came. None waits for another integration.
final class AttemptGate: Sendable {
    private struct Lane {
        var running = 0
        var waiting: [Decision<Bool>] = []
    }

    private let most: Int
    private let lanes = Mutex<[IntegrationKey: Lane]>([:])

    init(most: Int) { self.most = most }

    /// False if no place was free within the time, or the task has been cancelled. Who got true calls `leave`.
    func enter(_ key: IntegrationKey, within limit: Duration) async -> Bool {
        let ticket: Decision<Bool>? = lanes.withLock { lanes in
            if lanes[key, default: Lane()].running < most {
                lanes[key, default: Lane()].running += 1
                return nil
            }
            let ticket = Decision<Bool>()
            lanes[key, default: Lane()].waiting.append(ticket)
            return ticket
        }
        guard let ticket else { return true }
        let timer = Task {
            try? await Task.sleep(for: limit)
            ticket.decide(false)
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await ticket.value()
        } onCancel: {
            ticket.decide(false)
        }
    }

    /// The place goes to the one who has waited longest and still does.
    func leave(_ key: IntegrationKey) {
        lanes.withLock { lanes in
            while let next = lanes[key]?.waiting.first {
                lanes[key]?.waiting.removeFirst()
                if next.decide(true) { return }
            }
            lanes[key]?.running -= 1
            if lanes[key]?.running == 0 { lanes[key] = nil }
        }
    }
}
