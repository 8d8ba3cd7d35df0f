public import ClientConfiguration
import Model
import Runtime
import Scraping
import Synchronization

/// Carries requests to receivers.
public protocol AlertCarrier: Sendable {
    /// Sends a body; throws unless the answer's status is one of 2xx.
    /// - Parameter timeout: milliseconds for everything.
    func post(_ body: [UInt8], type: String, to url: String, timeout: Int64, as client: HTTPClientConfiguration) async throws
}

extension HTTPTransport: AlertCarrier {}

/// What one receiver is still to be told, and what became of the rest. Each receiver has a queue of its own, so that none waits for another.
final class AlertQueue: Sendable {
    let url: String
    let latency = Summary()
    let sent = Counter()
    let errors = Counter()
    let dropped = Counter()

    private struct State {
        var waiting: [[UInt8]] = []
        /// Sends until nothing waits; nil while nothing does.
        var sending: Task<Void, Never>?
        var isClosed = false
    }

    private let entry: AlertmanagerConfiguration
    private let settings: NotifierSettings
    private let state = Mutex(State())

    init(_ url: String, _ entry: AlertmanagerConfiguration, _ settings: NotifierSettings) {
        self.url = url
        self.entry = entry
        self.settings = settings
    }

    var length: Int { state.withLock { $0.waiting.count } }
    var isIdle: Bool { state.withLock { $0.sending == nil } }

    /// Puts encoded alerts at the end; where there is no room, the oldest are dropped. Returns at once.
    func add(_ alerts: [[UInt8]]) {
        let excess = state.withLock { state in
            guard !state.isClosed, !alerts.isEmpty else { return 0 }
            state.waiting += alerts
            let excess = max(0, state.waiting.count - settings.queueCapacity)
            state.waiting.removeFirst(excess)
            if state.sending == nil { state.sending = Task { await self.work() } }
            return excess
        }
        guard excess > 0 else { return }
        dropped.increment(by: excess)
        settings.report(.overflow(url: url, alerts: excess))
    }

    /// Takes nothing more; what waits is still sent.
    func close() { state.withLock { $0.isClosed = true } }

    /// Drops what waits and breaks off what is being sent.
    func giveUp() {
        let (count, sending) = state.withLock { state in
            defer { state.waiting = [] }
            state.isClosed = true
            return (state.waiting.count, state.sending)
        }
        sending?.cancel()
        guard count > 0 else { return }
        dropped.increment(by: count)
        settings.report(.abandoned(url: url, alerts: count))
    }

    /// Returns when nothing waits or is being sent.
    func drained() async {
        while let sending = state.withLock({ $0.sending }) { await sending.value }
    }

    private func work() async {
        while let batch = next() { await send(batch) }
    }

    private func next() -> [[UInt8]]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.sending = nil
                return nil
            }
            let batch = Array(state.waiting.prefix(settings.batchSize))
            state.waiting.removeFirst(batch.count)
            return batch
        }
    }

    private func send(_ batch: [[UInt8]]) async {
        let start = settings.clock.monotonic()
        do {
            try await settings.carrier.post(AlertBatch.body(batch), type: AlertBatch.type, to: url, timeout: entry.timeout, as: entry.client)
            let end = settings.clock.monotonic()
            latency.observe(Double(end - start) / 1e9, at: end)
            sent.increment(by: batch.count)
        } catch {
            // The rules send alerts again and again while they matter, so nothing is tried twice here.
            errors.increment(by: batch.count)
            dropped.increment(by: batch.count)
            settings.report(.failed(url: url, alerts: batch.count, reason: "\(error)"))
        }
    }
}
