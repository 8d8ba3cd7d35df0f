import Alertmanagers
import ClientConfiguration
import TestKit
import Model
import Scraping
import Synchronization

/// Receivers that take, refuse or hold back what they are sent, by their URL.
final class FakeCarrier: AlertCarrier {
    enum Answer { case taken, refused, held }

    struct Request {
        let url: String
        let time: Timestamp
        let timeout: Int64
        let client: HTTPClientConfiguration
        let alerts: [JSONValue]

        /// The alerts' `alertname`, in order.
        var names: String { alerts.map { $0["labels"]?["alertname"]?.text ?? "" }.joined(separator: " ") }
    }

    struct Refused: Error {}

    private struct State {
        var answers: [String: Answer] = [:]
        var requests: [Request] = []
        var held: [Int: CheckedContinuation<Void, any Error>] = [:]
        var next = 0
    }

    private let clock: any Clock
    private let state = Mutex(State())

    init(_ clock: any Clock) { self.clock = clock }

    func answer(_ answer: Answer, for url: String) { state.withLock { $0.answers[url] = answer } }

    /// What came since the last call, to one receiver or to all.
    func take(_ url: String? = nil) -> [Request] {
        state.withLock { state in
            let found = state.requests.filter { url == nil || $0.url == url }
            state.requests.removeAll { url == nil || $0.url == url }
            return found
        }
    }

    var heldCount: Int { state.withLock { $0.held.count } }

    /// Lets the held ones go and holds none any more.
    func release() {
        let held = state.withLock { state in
            defer { (state.held, state.answers) = ([:], [:]) }
            return state.held
        }
        for one in held.values { one.resume() }
    }

    func post(_ body: [UInt8], type: String, to url: String, timeout: Int64, as client: HTTPClientConfiguration) async throws {
        guard type == "application/json", case .array(let alerts) = try JSONValue(parsing: body) else { throw Refused() }
        let request = Request(url: url, time: clock.now(), timeout: timeout, client: client, alerts: alerts)
        let (answer, number) = state.withLock { state in
            state.requests.append(request)
            state.next += 1
            return (state.answers[url] ?? .taken, state.next)
        }
        switch answer {
        case .taken: break
        case .refused: throw Refused()
        case .held: try await hold(number)
        }
    }

    private func hold(_ number: Int) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isOver = state.withLock { state in
                    if Task.isCancelled { return true }
                    state.held[number] = continuation
                    return false
                }
                if isOver { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let held = state.withLock { $0.held.removeValue(forKey: number) }
            held?.resume(throwing: CancellationError())
        }
    }
}
