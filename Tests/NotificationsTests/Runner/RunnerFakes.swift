import Catalog
import Model
import Notifier
import Synchronization

@testable import Notifications

/// A store in memory, which can refuse, and lives on when its process does not.
final class MemoryStore: NotificationStore {
    struct Full: Error {}

    private struct Kept {
        var silences: [String: Silence] = [:]
        var log: [LogKey: LogEntry] = [:]
        var deliveries: [UInt64: Delivery] = [:]
        var alerts: [Fingerprint: Alert] = [:]
        var nextDelivery: UInt64 = 1
        var refuses = false
        /// Commits until the process dies; nil: it lives on.
        var left: Int?
        /// Whether it dies as soon as they are done, or when it is about to make one more.
        var diesBehind = true
        var isDead = false
        var commits = 0
    }

    private let kept = Mutex(Kept())

    var refuses: Bool {
        get { kept.withLock { $0.refuses } }
        set { kept.withLock { $0.refuses = newValue } }
    }

    var commits: Int { kept.withLock { $0.commits } }

    /// The process will die: behind so many commits, or when the next one after them is due.
    func die(after commits: Int, atOnce: Bool) {
        kept.withLock { kept in
            kept.left = commits
            kept.diesBehind = atOnce
        }
    }

    /// Another process has it from now on.
    func live() {
        kept.withLock { kept in
            kept.left = nil
            kept.isDead = false
        }
    }

    var isDead: Bool { kept.withLock(\.isDead) }

    func load() throws -> NotifierState {
        kept.withLock { kept in
            NotifierState(
                silences: Array(kept.silences.values), log: Array(kept.log.values), deliveries: Array(kept.deliveries.values),
                alerts: Array(kept.alerts.values), nextDelivery: kept.nextDelivery)
        }
    }

    func commit(_ changes: [NotifierChange]) throws {
        try kept.withLock { kept in
            if kept.refuses { throw Full() }
            if kept.left == 0 { kept.isDead = true }
            if kept.isDead { return }
            kept.commits += 1
            if let left = kept.left {
                kept.left = left - 1
                kept.isDead = left == 1 && kept.diesBehind
            }
            for change in changes { Self.apply(change, &kept) }
        }
    }

    private static func apply(_ change: NotifierChange, _ kept: inout Kept) {
        switch change {
        case .alert(let alert): kept.alerts[alert.fingerprint] = alert
        case .alertForgotten(let fingerprint): kept.alerts[fingerprint] = nil
        case .silence(let silence): kept.silences[silence.id] = silence
        case .silenceForgotten(let id): kept.silences[id] = nil
        case .queued(let delivery):
            kept.deliveries[delivery.id] = delivery
            kept.nextDelivery = max(kept.nextDelivery, delivery.id + 1)
        case .ended(let id): kept.deliveries[id] = nil
        case .logged(let entry): kept.log[entry.key] = entry
        case .logForgotten(let key): kept.log[key] = nil
        }
    }
}

/// Keeps what is put on record.
final class MemoryRecord: Recording {
    private let entries = Mutex<[RecordEntry]>([])

    func record(_ entry: RecordEntry) { entries.withLock { $0.append(entry) } }

    var attempts: [AttemptRecord] {
        entries.withLock { entries in
            entries.compactMap { if case .attempt(let attempt) = $0 { attempt } else { nil } }
        }
    }

    var audit: [AuditRecord] {
        entries.withLock { entries in
            entries.compactMap { if case .audit(let record) = $0 { record } else { nil } }
        }
    }
}

/// Receivers whose attempts end when, and as, a test says.
final class FakeReceivers: DeliverySending {
    struct Attempt: Sendable {
        let delivery: Delivery
        fileprivate let continuation: CheckedContinuation<DeliveryOutcome, Never>
    }

    private struct State {
        var open: [UInt64: Attempt] = [:]
        var all: [Delivery] = []
        var accepted: [Delivery] = []
        /// What becomes of an attempt at once; nil: it stays open.
        var answer: @Sendable (Delivery) -> DeliveryOutcome?
    }

    private let state: Mutex<State>

    init(_ answer: @escaping @Sendable (Delivery) -> DeliveryOutcome? = { _ in .accepted }) { state = Mutex(State(answer: answer)) }

    var attempts: [Delivery] { state.withLock { $0.all } }
    var accepted: [Delivery] { state.withLock { $0.accepted } }
    var openCount: Int { state.withLock { $0.open.count } }

    func answer(_ answer: @escaping @Sendable (Delivery) -> DeliveryOutcome?) { state.withLock { $0.answer = answer } }

    func send(_ delivery: Delivery, to integration: NotifierPlan.Integration, externalAddress: String) async -> DeliveryOutcome {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let outcome = state.withLock { state -> DeliveryOutcome? in
                    state.all.append(delivery)
                    let outcome = Task.isCancelled ? .failed("cancelled", retryAfter: nil) : state.answer(delivery)
                    if outcome == .accepted { state.accepted.append(delivery) }
                    if outcome == nil { state.open[delivery.id] = Attempt(delivery: delivery, continuation: continuation) }
                    return outcome
                }
                if let outcome { continuation.resume(returning: outcome) }
            }
        } onCancel: {
            end(delivery.id, .failed("cancelled", retryAfter: nil))
        }
    }

    func end(_ id: UInt64, _ outcome: DeliveryOutcome) {
        let attempt = state.withLock { state in
            let attempt = state.open.removeValue(forKey: id)
            if let attempt, outcome == .accepted { state.accepted.append(attempt.delivery) }
            return attempt
        }
        attempt?.continuation.resume(returning: outcome)
    }
}
