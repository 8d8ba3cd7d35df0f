import Runtime
import Synchronization

/// What the server counts of the requests that one handler has answered. Nothing shows before the first.
final class HandlerMetrics: Sendable {
    private struct Instruments {
        var duration: Histogram?
        var byStatus: [(status: Int, counter: Counter)] = []
    }

    private let handler: String
    private let registry: MetricsRegistry
    /// Asked for once: looking one up takes longer than many a request.
    private let instruments = Mutex(Instruments())

    init(_ handler: String, _ registry: MetricsRegistry) {
        self.handler = handler
        self.registry = registry
    }

    func count(_ status: Int, seconds: Double) {
        let (counter, duration) = instruments.withLock { instruments in
            (self.counter(status, &instruments), self.duration(&instruments))
        }
        counter.increment()
        duration.observe(seconds)
    }

    private func counter(_ status: Int, _ instruments: inout Instruments) -> Counter {
        if let known = instruments.byStatus.first(where: { $0.status == status }) { return known.counter }
        let labels = [MetricLabel("code", String(status)), MetricLabel("handler", handler)]
        let counter = registry.counter("prometheus_http_requests_total", help: "HTTP requests.", labels: labels)
        instruments.byStatus.append((status, counter))
        return counter
    }

    private func duration(_ instruments: inout Instruments) -> Histogram {
        if let known = instruments.duration { return known }
        let duration = registry.histogram(
            "prometheus_http_request_duration_seconds", help: "How long HTTP requests took.", bounds: [0.1, 0.2, 0.4, 1, 3, 8, 20, 60, 120],
            labels: [MetricLabel("handler", handler)])
        instruments.duration = duration
        return duration
    }
}
