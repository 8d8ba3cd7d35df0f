import Model
import Runtime

/// Under Prometheus's names and labels; a receiver that is gone takes its numbers with it.
extension AlertNotifier {
    func register(_ registry: MetricsRegistry) {
        func each(_ name: String, _ type: MetricType, _ help: String, _ value: @escaping @Sendable (AlertQueue) -> Double) {
            registry.callback("prometheus_notifications_" + name, type, help: help) { [weak self] in self?.sums(of: value) ?? [] }
        }
        each("sent_total", .counter, "Alerts sent to the alertmanager.") { Double($0.sent.value) }
        each("errors_total", .counter, "Alerts whose sending to the alertmanager failed.") { Double($0.errors.value) }
        each("dropped_total", .counter, "Alerts that never came to the alertmanager: the sending failed, or there were too many.") {
            Double($0.dropped.value)
        }
        each("queue_length", .gauge, "Alerts that wait for the alertmanager.") { Double($0.length) }
        func single(_ name: String, _ help: String, _ value: @escaping @Sendable (AlertNotifier) -> Int) {
            registry.callback("prometheus_notifications_" + name, .gauge, help: help) { [weak self] in
                self.map { [MetricPoint(Double(value($0)))] } ?? []
            }
        }
        single("queue_capacity", "Alerts that may wait for one alertmanager.") { $0.capacity }
        single("alertmanagers_discovered", "Alertmanagers that alerts are sent to.") { $0.queues.count }
        registry.callback("prometheus_notifications_latency_seconds", .summary, help: "How long sendings took that went well.") { [weak self] in
            guard let self else { return [] }
            return Self.firsts(of: self.queues).map { MetricPoint(labels: Self.labels($0.url), value: .summary($0.latency.snapshot(at: self.now))) }
        }
    }

    /// Two entries may lead to the same receiver.
    private func sums(of value: (AlertQueue) -> Double) -> [MetricPoint] {
        let queues = queues
        return Self.firsts(of: queues).map { first in
            MetricPoint(queues.filter { sameBytes($0.url, first.url) }.reduce(0) { $0 + value($1) }, labels: Self.labels(first.url))
        }
    }

    private static func firsts(of queues: [AlertQueue]) -> [AlertQueue] {
        queues.enumerated().filter { index, queue in !queues[..<index].contains { sameBytes($0.url, queue.url) } }.map(\.element)
    }

    private static func labels(_ url: String) -> [MetricLabel] { [MetricLabel("alertmanager", url)] }
}
