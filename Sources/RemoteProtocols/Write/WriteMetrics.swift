public import Runtime

/// What remote writes are counted in.
public struct WriteMetrics: Sendable {
    private let bytes: Counter
    private let samples: Counter
    private let histograms: Counter
    private let exemplars: Counter
    private let invalidLabels: Counter
    private let refused: [RefusalReason: Counter]

    public init(_ registry: MetricsRegistry) {
        func written(_ type: String) -> Counter {
            registry.counter(
                "martlet_remote_write_samples_total", help: "What remote writes have brought that is stored.", labels: [MetricLabel("type", type)])
        }
        bytes = registry.counter("martlet_remote_write_body_bytes_total", help: "Bytes of the bodies of remote writes, compressed.")
        samples = written("float")
        histograms = written("histogram")
        exemplars = written("exemplar")
        invalidLabels = registry.counter(
            "prometheus_api_remote_write_invalid_labels_samples_total",
            help: "Samples of remote writes that were refused because of their series' labels.")
        var refused: [RefusalReason: Counter] = [:]
        for reason in RefusalReason.allCases {
            refused[reason] = registry.counter(
                "martlet_remote_write_refused_total", help: "Samples, histograms and exemplars of remote writes that were refused.",
                labels: [MetricLabel("reason", reason.word)])
        }
        self.refused = refused
    }

    func count(bytes count: Int) { bytes.increment(by: count) }

    func count(_ tally: WriteTally) {
        samples.increment(by: tally.samples)
        histograms.increment(by: tally.histograms)
        exemplars.increment(by: tally.exemplars)
        for (reason, count) in tally.refused { refused[reason]?.increment(by: count) }
        invalidLabels.increment(by: (tally.refused[.labels] ?? 0) + (tally.refused[.symbols] ?? 0))
    }
}
