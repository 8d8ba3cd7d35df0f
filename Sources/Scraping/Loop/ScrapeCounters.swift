public import Runtime
import TSDB

/// What scraping counts of itself, under Prometheus's names.
public final class ScrapeCounters: Sendable {
    public let sampleLimitExceeded: Counter
    public let bodySizeLimitExceeded: Counter
    public let labelLimitsExceeded: Counter
    public let bucketLimitExceeded: Counter
    public let targetLimitExceeded: Counter
    public let duplicateSamples: Counter
    public let outOfOrderSamples: Counter
    public let outOfBoundsSamples: Counter
    public let outOfOrderExemplars: Counter
    /// Targets that could not be made of what discovery found.
    public let invalidTargets: Counter
    /// Scrapes that have ended, well or not.
    public let scrapes: Counter
    /// Scrapes that were kept until the log was read.
    public let deferred: Counter
    /// Those for which there was no room.
    public let refusedWhileOpening: Counter
    /// Seconds between two scrapes of a target.
    public let intervalLength: Runtime.Histogram
    /// The same by what the intervals should be, and how long it took to take over the targets of a pool.
    let lengths: ScrapeLengths
    private let registry: MetricsRegistry

    /// Registers the metrics.
    ///
    /// - Parameter now: nanoseconds that never go back.
    public init(_ registry: MetricsRegistry = MetricsRegistry(), now: @escaping @Sendable () -> Int64 = { 0 }) {
        self.registry = registry
        lengths = ScrapeLengths(registry, now: now)
        func counter(_ name: String, _ help: String) -> Counter { registry.counter("prometheus_target_" + name, help: help) }
        sampleLimitExceeded = counter("scrapes_exceeded_sample_limit_total", "Scrapes that hit the sample limit and were rejected.")
        bodySizeLimitExceeded = counter("scrapes_exceeded_body_size_limit_total", "Scrapes that hit the body size limit.")
        labelLimitsExceeded = counter("scrape_pool_exceeded_label_limits_total", "Scrapes that hit a label limit.")
        bucketLimitExceeded = counter(
            "scrapes_exceeded_native_histogram_bucket_limit_total", "Scrapes that hit the limit of a native histogram's buckets and were rejected.")
        targetLimitExceeded = counter("scrape_pool_exceeded_target_limit_total", "Times a scrape pool had more targets than its limit.")
        duplicateSamples = counter("scrapes_sample_duplicate_timestamp_total", "Samples refused for a second value at the same time.")
        outOfOrderSamples = counter("scrapes_sample_out_of_order_total", "Samples refused for being older than the last.")
        outOfBoundsSamples = counter("scrapes_sample_out_of_bounds_total", "Samples refused for a time too far away.")
        outOfOrderExemplars = counter("scrapes_exemplar_out_of_order_total", "Exemplars refused for being older than the last of their series.")
        invalidTargets = counter("scrape_pool_targets_invalid_total", "Discovered targets that cannot be scraped as they are.")
        scrapes = registry.counter("martlet_scrapes_total", help: "Scrapes that have ended, well or not.")
        deferred = registry.counter("martlet_scrapes_deferred_total", help: "Scrapes kept in memory until the log was read.")
        refusedWhileOpening = registry.counter(
            "martlet_scrapes_refused_while_opening_total", help: "Scrapes refused because too many were kept in memory until the log was read.")
        intervalLength = registry.histogram(
            "prometheus_target_interval_length_histogram_seconds", help: "Actual intervals between scrapes.",
            bounds: [0.01, 0.1, 1, 5, 10, 15, 30, 60, 120, 300, 600])
    }

    /// - Parameter pool: the target's.
    func count(_ report: TargetIngester.Report, pool: String) {
        if report.overrun.series > 0 { seriesRefused(pool).increment(by: report.overrun.series) }
        switch report.error?.exceeds {
        case .samples: sampleLimitExceeded.increment()
        case .bodySize: bodySizeLimitExceeded.increment()
        case .labels: labelLimitsExceeded.increment()
        case .histogramBuckets: bucketLimitExceeded.increment()
        case .targets, nil: break
        }
        duplicateSamples.increment(by: report.outcome.duplicate)
        outOfOrderSamples.increment(by: report.outcome.outOfOrder)
        outOfBoundsSamples.increment(by: report.outcome.outOfBounds)
        outOfOrderExemplars.increment(by: report.outcome.exemplarsOutOfOrder)
    }

    private func seriesRefused(_ pool: String) -> Counter {
        registry.counter(
            "martlet_head_series_refused_total",
            help: "Series of scrapes that were not stored because the head has no room for new ones, each time a page had them.",
            labels: [MetricLabel("scrape_job", pool)])
    }
}
