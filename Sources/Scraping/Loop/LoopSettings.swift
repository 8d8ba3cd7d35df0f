import ClientConfiguration
import Exposition
import Model

/// Everything a job says that one of its loops depends on. A loop runs on through a reload that leaves these and its target as they are.
struct LoopSettings: Sendable, Equatable {
    let options: TargetIngester.Options
    let client: HTTPClientConfiguration
    let accept: String
    let acceptsGzip: Bool

    init(_ job: ScrapeConfiguration) {
        var options = TargetIngester.Options()
        options.honorLabels = job.honorLabels
        options.honorTimestamps = job.honorTimestamps
        options.trackTimestampsStaleness = job.trackTimestampsStaleness
        options.fallbackProtocol = job.fallbackProtocol?.exposition
        options.rules = job.metricRelabelling
        options.limits = job.limits
        options.histograms = job.histograms
        // These are the pool's affair: a loop runs on when they change.
        options.limits.targets = 0
        options.limits.keepDroppedTargets = 0
        options.nameValidation = job.nameValidation
        options.extraMetrics = job.extraScrapeMetrics
        self.options = options
        client = job.client
        accept = ExpositionProtocol.acceptHeader(job.protocols.map(\.exposition), escaping: job.nameEscaping.rawValue)
        acceptsGzip = job.enableCompression
    }
}

extension ScrapeProtocol {
    var exposition: ExpositionProtocol {
        switch self {
        case .prometheusProto: .protobuf
        case .prometheusText004: .text004
        case .prometheusText100: .text100
        case .openMetricsText001: .openMetrics001
        case .openMetricsText100: .openMetrics100
        }
    }
}
