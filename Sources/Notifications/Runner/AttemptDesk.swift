import Model
import Notifier
import Synchronization

/// Makes attempts: for each integration and group at most one at a time, for each integration a bounded number, and none for the sake of which
/// another integration would have to wait.
final class AttemptDesk: Sendable {
    typealias Ended = @Sendable (_ delivery: Delivery, _ outcome: DeliveryOutcome, _ nanoseconds: Int64) -> Void

    /// Attempts of one integration at once. A receiver that never answers must not use up all connections.
    static let mostAtOnce = 16

    private struct State {
        var plan: [IntegrationKey: NotifierPlan.Integration] = [:]
        /// What is underway, by group and integration.
        var running: [LogKey: (id: UInt64, task: Task<Void, Never>)] = [:]
        var counts: [IntegrationKey: Int] = [:]
        /// The newest delivery of each group that waits: behind an attempt that was cancelled but has not ended, or for room.
        var waiting: [LogKey: Delivery] = [:]
        /// Those that wait, in the order in which they came.
        var lines: [IntegrationKey: [LogKey]] = [:]
        var isClosed = false
    }

    private let sending: any DeliverySending
    private let environment: NotifierRunner.Environment
    private let state = Mutex(State())

    init(_ sending: any DeliverySending, _ environment: NotifierRunner.Environment) {
        self.sending = sending
        self.environment = environment
    }

    var runningCount: Int { state.withLock(\.running.count) }
    var isIdle: Bool { runningCount == 0 }

    /// Begins nothing more.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.waiting = [:]
            state.lines = [:]
        }
    }

    func cancelAll() {
        for task in state.withLock({ $0.running.values.map(\.task) }) { task.cancel() }
    }

    func carryOut(_ action: NotifierRunner.Action, _ ended: @escaping Ended) {
        switch action {
        case .call(let body): body()
        case .cancel(let id): cancel(id)
        case .free(let delivery):
            state.withLock { state in
                free(delivery, &state)
                beginWaiting(for: delivery.key.integration, &state, ended)
            }
        case .begin(let delivery, let integration):
            state.withLock { state in
                state.plan[delivery.key.integration] = integration
                add(delivery, &state)
                beginWaiting(for: delivery.key.integration, &state, ended)
            }
        }
    }

    private func cancel(_ id: UInt64) {
        let task = state.withLock { state in
            for (key, delivery) in state.waiting where delivery.id == id { state.waiting[key] = nil }
            return state.running.values.first { $0.id == id }?.task
        }
        task?.cancel()
    }

    private func add(_ delivery: Delivery, _ state: inout State) {
        // After a reload the core asks for what is underway once more; the attempt that is being made counts.
        guard !state.isClosed, state.running[delivery.key]?.id != delivery.id else { return }
        if state.waiting.updateValue(delivery, forKey: delivery.key) == nil {
            state.lines[delivery.key.integration, default: []].append(delivery.key)
        }
    }

    private func free(_ delivery: Delivery, _ state: inout State) {
        guard state.running[delivery.key]?.id == delivery.id else { return }
        state.running[delivery.key] = nil
        let left = state.counts[delivery.key.integration, default: 1] - 1
        state.counts[delivery.key.integration] = left > 0 ? left : nil
    }

    private func beginWaiting(for integration: IntegrationKey, _ state: inout State, _ ended: @escaping Ended) {
        var stay: [LogKey] = []
        var line = (state.lines[integration] ?? [])[...]
        while let key = line.first, state.counts[integration, default: 0] < Self.mostAtOnce {
            line = line.dropFirst()
            guard let delivery = state.waiting[key] else { continue }
            if state.running[key] != nil {
                stay.append(key)
            } else {
                state.waiting[key] = nil
                begin(delivery, &state, ended)
            }
        }
        let rest = stay + line
        state.lines[integration] = rest.isEmpty ? nil : rest
    }

    private func begin(_ delivery: Delivery, _ state: inout State, _ ended: @escaping Ended) {
        guard let integration = state.plan[delivery.key.integration] else { return }
        state.counts[delivery.key.integration, default: 0] += 1
        let task = Task { [sending, environment] in
            let began = environment.clock.monotonic()
            let outcome = await sending.send(delivery, to: integration, externalAddress: environment.externalAddress)
            ended(delivery, outcome, environment.clock.monotonic() - began)
        }
        state.running[delivery.key] = (delivery.id, task)
    }
}
