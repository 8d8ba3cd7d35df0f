import ClientConfiguration
import Scraping
import StrictYAML

/// Remote storage is not there yet: its blocks are checked, so that a mistake shows now, and a warning says that they do nothing.
enum RemoteChecks {
    private enum Message: String, CaseIterable {
        case version1 = "prometheus.WriteRequest"
        case version2 = "io.prometheus.write.v2.Request"
    }

    private static let writeKeys =
        [
            "url", "remote_timeout", "headers", "write_relabel_configs", "name", "send_exemplars", "send_native_histograms", "round_robin_dns",
            "protobuf_message", "failed_request_logging", "queue_config", "metadata_config", "sigv4", "azuread", "google_iam",
        ] + HTTPClientConfiguration.keys

    private static let readKeys =
        [
            "url", "remote_timeout", "chunked_read_limit", "headers", "read_recent", "name", "required_matchers", "filter_external_labels",
        ] + HTTPClientConfiguration.keys

    static func checkWrite(_ value: YAMLValue) throws(YAMLError) {
        var names: Set<String> = []
        for entry in try value.list() {
            let map = try section(entry, writeKeys, &names)
            _ = try RelabelRule.readAll(try map.list("write_relabel_configs"))
            _ = try map.choice("protobuf_message", Message.self)
            for key in ["send_exemplars", "send_native_histograms", "round_robin_dns"] { _ = try map.bool(key) }
            if let queue = map.given("queue_config") { try checkQueue(queue) }
            if let metadata = map.given("metadata_config") {
                let inner = try metadata.mapping(keys: ["send", "send_interval", "max_samples_per_send"])
                _ = try inner.bool("send")
                _ = try inner.duration("send_interval")
                _ = try inner.integer("max_samples_per_send")
            }
        }
        value.warn("not supported yet: remote_write; nothing is sent")
    }

    static func checkRead(_ value: YAMLValue) throws(YAMLError) {
        var names: Set<String> = []
        for entry in try value.list() {
            let map = try section(entry, readKeys, &names)
            for key in ["read_recent", "filter_external_labels"] { _ = try map.bool(key) }
            _ = try map.given("required_matchers")?.labels()
        }
        value.warn("not supported yet: remote_read; nothing is fetched")
    }

    private static func section(_ entry: YAMLValue, _ keys: [String], _ names: inout Set<String>) throws(YAMLError) -> YAMLMapping {
        if entry.isNull { throw entry.error("an empty section") }
        let map = try entry.mapping(keys: keys)
        guard let url = try map.string("url"), !url.isEmpty else { throw map.error(at: "url", "a url is needed") }
        if let name = try map.string("name"), !name.isEmpty, !names.insert(name).inserted {
            throw map.error(at: "name", "the name \"\(name)\" is used twice")
        }
        _ = try map.duration("remote_timeout")
        _ = try HTTPClientConfiguration(map)
        try checkHeaders(map)
        return map
    }

    /// Headers that the protocol or the authorization blocks set may not be given here.
    static func checkHeaders(_ map: YAMLMapping) throws(YAMLError) {
        for (name, place, value) in try map.given("headers")?.entries() ?? [] {
            _ = try value.string()
            if HTTPClientConfiguration.isReserved(header: name) {
                throw YAMLError(place, "\(value.path): the header is set by the server; for authorization use its own block")
            }
        }
    }

    private static func checkQueue(_ value: YAMLValue) throws(YAMLError) {
        let map = try value.mapping(keys: [
            "capacity", "max_shards", "min_shards", "max_samples_per_send", "batch_send_deadline", "min_backoff", "max_backoff",
            "retry_on_http_429", "sample_age_limit",
        ])
        for key in ["capacity", "max_samples_per_send"] { _ = try map.integer(key, in: 1...Int64.max) }
        let most = try map.integer("max_shards", in: 1...Int64.max) ?? 50
        let least = try map.integer("min_shards", in: 1...Int64.max) ?? 1
        if least > most { throw map.error(at: "min_shards", "min_shards must not be above max_shards") }
        for key in ["batch_send_deadline", "sample_age_limit"] { _ = try map.duration(key) }
        if try map.duration("min_backoff") ?? 30 > map.duration("max_backoff") ?? 5000 {
            throw map.error(at: "max_backoff", "max_backoff must not be below min_backoff")
        }
        _ = try map.bool("retry_on_http_429")
    }
}
