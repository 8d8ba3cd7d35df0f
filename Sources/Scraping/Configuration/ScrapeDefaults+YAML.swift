import Model
import StrictYAML

/// The keys of `global` and of a job that mean the same in both.
enum SharedScrapeKeys {
    static let all = [
        "scrape_interval", "scrape_timeout", "scrape_protocols", "body_size_limit", "sample_limit", "target_limit", "label_limit",
        "label_name_length_limit", "label_value_length_limit", "keep_dropped_targets", "metric_name_validation_scheme",
        "metric_name_escaping_scheme", "scrape_native_histograms", "convert_classic_histograms_to_nhcb",
        "always_scrape_classic_histograms", "extra_scrape_metrics", "scrape_failure_log_file",
    ]
}

extension ScrapeDefaults {
    public static let keys = SharedScrapeKeys.all

    /// What `global` says.
    ///
    /// - Parameter protocols: those that are asked for where nothing else is said.
    public init(global map: YAMLMapping, protocols: [ScrapeProtocol] = ScrapeProtocol.usual) throws(YAMLError) {
        usualProtocols = protocols
        if let value = try map.duration("scrape_interval"), value > 0 { interval = value }
        let asked = try map.duration("scrape_timeout") ?? 0
        timeout = asked > 0 ? asked : min(timeout, interval)
        if timeout > interval { throw map.error(at: "scrape_timeout", "the timeout must not be longer than the interval") }
        try readShared(map)
    }

    /// The defaults overlaid with what a job says; interval and timeout apart.
    func overlaid(with map: YAMLMapping) throws(YAMLError) -> ScrapeDefaults {
        var result = self
        // A job's own validation brings its own usual escaping.
        if map.has("metric_name_validation_scheme") { result.nameEscaping = nil }
        try result.readShared(map)
        return result
    }

    private mutating func readShared(_ map: YAMLMapping) throws(YAMLError) {
        if let value = map.given("scrape_protocols") { givenProtocols = try ScrapeProtocol.readAll(value) }
        if let path = try map.filePath("scrape_failure_log_file") { failureLogFile = path }
        extraScrapeMetrics = try map.bool("extra_scrape_metrics") ?? extraScrapeMetrics
        try limits.overlay(map)
        try histograms.overlay(map)
        nameValidation = try map.choice("metric_name_validation_scheme", NameValidation.self) ?? nameValidation
        nameEscaping = try map.choice("metric_name_escaping_scheme", NameEscaping.self) ?? nameEscaping
        if nameValidation == .legacy, nameEscaping == .allowUTF8 {
            throw map.error(at: "metric_name_escaping_scheme", "allow-utf-8 contradicts metric_name_validation_scheme legacy")
        }
    }
}

extension ScrapeProtocol {
    static func readAll(_ value: YAMLValue) throws(YAMLError) -> [ScrapeProtocol] {
        var all: [ScrapeProtocol] = []
        for item in try value.list() {
            let one = try item.choice(ScrapeProtocol.self)
            if all.contains(one) { throw item.error("\(one.rawValue) is given twice") }
            all.append(one)
        }
        if all.isEmpty { throw value.error("at least one protocol is needed") }
        return all
    }
}

extension ScrapeLimits {
    mutating func overlay(_ map: YAMLMapping) throws(YAMLError) {
        bodySize = try map.byteSize("body_size_limit") ?? bodySize
        samples = try map.integer("sample_limit") ?? samples
        targets = try map.integer("target_limit") ?? targets
        labels = try map.integer("label_limit") ?? labels
        labelNameLength = try map.integer("label_name_length_limit") ?? labelNameLength
        labelValueLength = try map.integer("label_value_length_limit") ?? labelValueLength
        keepDroppedTargets = try map.integer("keep_dropped_targets") ?? keepDroppedTargets
    }
}

extension HistogramOptions {
    mutating func overlay(_ map: YAMLMapping) throws(YAMLError) {
        scrapeNative = try map.bool("scrape_native_histograms") ?? scrapeNative
        alwaysScrapeClassic = try map.bool("always_scrape_classic_histograms") ?? alwaysScrapeClassic
        convertClassicToCustomBuckets = try map.bool("convert_classic_histograms_to_nhcb") ?? convertClassicToCustomBuckets
    }
}
