import ClientConfiguration
import Model
import StrictYAML

extension ScrapeConfiguration {
    private static let keys =
        [
            "job_name", "honor_labels", "honor_timestamps", "track_timestamps_staleness", "params", "fallback_scrape_protocol", "metrics_path",
            "scheme", "enable_compression", "native_histogram_bucket_limit", "native_histogram_min_bucket_factor", "relabel_configs",
            "metric_relabel_configs",
        ] + SharedScrapeKeys.all + DiscoveryKinds.keys + HTTPClientConfiguration.keys

    /// Reads one entry of `scrape_configs`.
    public init(_ value: YAMLValue, defaults: ScrapeDefaults) throws(YAMLError) {
        if value.isNull { throw value.error("an empty scrape configuration") }
        let map = try value.mapping(keys: Self.keys)
        let name = try map.string("job_name") ?? ""
        if name.isEmpty { throw map.error(at: "job_name", "job_name must not be empty") }
        self.init(jobName: name, defaults: try defaults.overlaid(with: map))
        try readTimes(map, defaults)
        try readManners(map)
        client = try HTTPClientConfiguration(map)
        try readTargets(map)
    }

    private mutating func readTimes(_ map: YAMLMapping, _ defaults: ScrapeDefaults) throws(YAMLError) {
        if let value = try map.duration("scrape_interval"), value > 0 { interval = value }
        let asked = try map.duration("scrape_timeout") ?? 0
        timeout = asked > 0 ? asked : min(defaults.timeout, interval)
        if timeout > interval {
            let place = map.has("scrape_timeout") ? "scrape_timeout" : "scrape_interval"
            throw map.error(
                at: place, "the timeout (\(PromDuration.format(timeout))) must not be longer than the interval (\(PromDuration.format(interval)))")
        }
    }

    private mutating func readManners(_ map: YAMLMapping) throws(YAMLError) {
        honorLabels = try map.bool("honor_labels") ?? false
        honorTimestamps = try map.bool("honor_timestamps") ?? true
        trackTimestampsStaleness = try map.bool("track_timestamps_staleness") ?? false
        enableCompression = try map.bool("enable_compression") ?? true
        fallbackProtocol = try map.choice("fallback_scrape_protocol", ScrapeProtocol.self)
        if let path = try map.string("metrics_path"), !path.isEmpty { metricsPath = path }
        if let value = map.given("scheme") { scheme = try value.choice(Scheme.self).rawValue }
        histograms.bucketLimit = try map.integer("native_histogram_bucket_limit") ?? 0
        histograms.minimumBucketFactor = try map.number("native_histogram_min_bucket_factor") ?? 0
        for (name, _, values) in try map.given("params")?.entries() ?? [] {
            parameters.append(QueryParameter(name: name, values: try values.strings()))
        }
    }

    private mutating func readTargets(_ map: YAMLMapping) throws(YAMLError) {
        relabelling = try RelabelRule.readAll(try map.list("relabel_configs"), nameValidation)
        metricRelabelling = try RelabelRule.readAll(try map.list("metric_relabel_configs"), nameValidation)
        discovery = try DiscoverySection(map, checkAddresses: relabelling.isEmpty)
    }

    private enum Scheme: String, CaseIterable { case http, https }
}
