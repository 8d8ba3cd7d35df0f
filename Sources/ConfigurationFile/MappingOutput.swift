import ClientConfiguration
import Model
import Scraping
import StrictYAML

/// Collects the keys of one mapping; what is at rest (no value, no bound, the usual switch) is left out.
struct MappingOutput {
    private(set) var entries: [(key: String, value: YAMLOutput)] = []

    var output: YAMLOutput { .mapping(entries) }

    mutating func add(_ key: String, _ value: YAMLOutput) { entries.append((key, value)) }

    mutating func text(_ key: String, _ text: String?) {
        if let text { add(key, .text(text)) }
    }

    mutating func secret(_ key: String, _ secret: Secret?) {
        if let secret, !secret.revealed.isEmpty { add(key, .text(secret.description)) }
    }

    mutating func texts(_ key: String, _ texts: [String]) {
        if !texts.isEmpty { add(key, .texts(texts)) }
    }

    mutating func list(_ key: String, _ items: [YAMLOutput]) {
        if !items.isEmpty { add(key, .list(items)) }
    }

    mutating func duration(_ key: String, _ milliseconds: Int64) { add(key, .text(PromDuration.format(milliseconds))) }

    mutating func flag(_ key: String, _ value: Bool, usual: Bool) {
        if value != usual { add(key, .bool(value)) }
    }

    mutating func labels(_ key: String, _ labels: Labels) {
        if !labels.isEmpty { add(key, .mapping(labels.map { ($0.name, .text($0.value)) })) }
    }

    mutating func bound(_ key: String, _ value: Int64) {
        if value != 0 { add(key, .integer(value)) }
    }

    mutating func limits(_ limits: ScrapeLimits) {
        if limits.bodySize > 0 { size("body_size_limit", limits.bodySize) }
        bound("sample_limit", limits.samples)
        bound("target_limit", limits.targets)
        bound("label_limit", limits.labels)
        bound("label_name_length_limit", limits.labelNameLength)
        bound("label_value_length_limit", limits.labelValueLength)
        bound("keep_dropped_targets", limits.keepDroppedTargets)
    }

    mutating func size(_ key: String, _ bytes: Int64) { add(key, .text(ByteSize.format(bytes))) }

    mutating func naming(_ validation: NameValidation, _ escaping: NameEscaping) {
        text("metric_name_validation_scheme", validation.rawValue)
        text("metric_name_escaping_scheme", escaping.rawValue)
    }

    mutating func histograms(_ options: HistogramOptions) {
        add("scrape_native_histograms", .bool(options.scrapeNative))
        add("always_scrape_classic_histograms", .bool(options.alwaysScrapeClassic))
        add("convert_classic_histograms_to_nhcb", .bool(options.convertClassicToCustomBuckets))
        bound("native_histogram_bucket_limit", options.bucketLimit)
        if options.minimumBucketFactor != 0 {
            add("native_histogram_min_bucket_factor", .word(FloatFormat.general(options.minimumBucketFactor)))
        }
    }

    mutating func discovery(_ section: DiscoverySection) {
        list(
            "static_configs",
            section.staticGroups.map { group in
                var map = MappingOutput()
                map.add("targets", .texts(group.targets.map { $0[TargetGroup.addressLabel] ?? "" }))
                map.labels("labels", group.labels)
                return map.output
            })
        list(
            "dns_sd_configs",
            section.dnsDiscovery.map { dns in
                var map = MappingOutput()
                map.texts("names", dns.names)
                map.duration("refresh_interval", dns.refreshInterval)
                map.text("type", dns.type.rawValue)
                map.bound("port", Int64(dns.port))
                return map.output
            })
        list(
            "docker_sd_configs",
            section.polled.compactMap { source in
                guard case .docker(let docker) = source else { return nil }
                return Self.docker(docker)
            })
        list(
            "file_sd_configs",
            section.fileDiscovery.map { file in
                .mapping([("files", .texts(file.patterns)), ("refresh_interval", .text(PromDuration.format(file.refreshInterval)))])
            })
        list(
            "http_sd_configs",
            section.polled.compactMap { source in
                guard case .http(let http) = source else { return nil }
                var map = MappingOutput()
                map.client(http.client)
                map.duration("refresh_interval", http.refreshInterval)
                map.text("url", SourceAddress.shown(http.url))
                return map.output
            })
    }

    private static func docker(_ docker: DockerDiscoveryConfiguration) -> YAMLOutput {
        var map = MappingOutput()
        map.client(docker.client)
        map.text("host", SourceAddress.shown(docker.hostText))
        map.add("port", .integer(Int64(docker.port)))
        map.add("filters", .list(docker.filters.map { .mapping([("name", .text($0.name)), ("values", .texts($0.values))]) }))
        map.text("host_networking_host", docker.hostNetworkingHost)
        map.duration("refresh_interval", docker.refreshInterval)
        map.add("match_first_network", .bool(docker.matchFirstNetwork))
        return map.output
    }
}
