import Model
import Runtime
import Scraping
import Synchronization

/// Asks sources of targets, and reads what they answer on a thread of its own, which begins with the first answer.
final class DiscoveryPolls: Sendable {
    private struct Mechanism {
        let failures: Counter
        let durations = Summary()
    }

    private let client: any DiscoveryClient
    private let clock: any Clock
    private let mechanisms: [String: Mechanism]
    private let reader = Mutex<WorkerPool?>(nil)

    init(_ client: any DiscoveryClient, _ clock: any Clock, _ registry: MetricsRegistry) {
        self.client = client
        self.clock = clock
        var mechanisms: [String: Mechanism] = [:]
        for name in ["docker", "http"] {
            let labels = [MetricLabel("mechanism", name)]
            let failures = registry.counter(
                "prometheus_sd_refresh_failures_total", help: "Askings of sources of targets that failed.", labels: labels)
            let mechanism = Mechanism(failures: failures)
            registry.callback("prometheus_sd_refresh_duration_seconds", .summary, help: "How long askings of sources of targets took.") {
                [MetricPoint(labels: labels, value: .summary(mechanism.durations.snapshot(at: clock.monotonic())))]
            }
            mechanisms[name] = mechanism
        }
        self.mechanisms = mechanisms
    }

    /// Asks once; `take` is called on the thread with what came of it, unless the task is cancelled before.
    func ask(_ source: PolledConfiguration, _ take: @escaping @Sendable (Result<[TargetGroup], DiscoveryError>) -> Void) -> Task<Void, Never> {
        Task { [self] in
            let start = clock.monotonic()
            let outcome = await outcome(source)
            if Task.isCancelled { return }
            let mechanism = mechanisms[source.mechanism]
            let end = clock.monotonic()
            mechanism?.durations.observe(Double(end - start) / 1e9, at: end)
            if case .failure = outcome { mechanism?.failures.increment() }
            // Whoever takes it makes targets of it, which takes its time too.
            thread().submit { take(outcome) }
        }
    }

    private func outcome(_ source: PolledConfiguration) async -> Result<[TargetGroup], DiscoveryError> {
        do {
            let answers = try await source.ask(client)
            return .success(try await thread().run { try source.groups(from: answers) })
        } catch let error as DiscoveryError {
            return .failure(error)
        } catch {
            return .failure(DiscoveryError("\(error)"))
        }
    }

    private func thread() -> WorkerPool {
        reader.withLock { reader in
            let pool = reader ?? WorkerPool(name: "discovery", threads: 1, queueLimit: .max)
            reader = pool
            return pool
        }
    }
}
