import ClientConfiguration
import Model
import Scraping
import StrictYAML

/// Blocks of features that are not there yet: checked, and a warning says that they do nothing.
enum LaterChecks {
    private enum Client: String, CaseIterable { case grpc, http }
    private enum Compression: String, CaseIterable { case gzip }
    private enum Translation: String, CaseIterable {
        case underscoreSuffixes = "UnderscoreEscapingWithSuffixes"
        case underscorePlain = "UnderscoreEscapingWithoutSuffixes"
        case utf8Suffixes = "NoUTF8EscapingWithSuffixes"
        case none = "NoTranslation"
    }

    static func tracing(_ value: YAMLValue) throws(YAMLError) {
        let map = try value.mapping(keys: [
            "client_type", "endpoint", "sampling_fraction", "insecure", "tls_config", "headers", "compression", "timeout",
        ])
        guard let endpoint = try map.string("endpoint"), !endpoint.isEmpty else { throw value.error("tracing needs an endpoint") }
        _ = try map.choice("client_type", Client.self)
        _ = try map.choice("compression", Compression.self)
        _ = try map.number("sampling_fraction")
        _ = try map.bool("insecure")
        _ = try map.duration("timeout")
        if let tls = map.given("tls_config") { _ = try TLSConfiguration(tls) }
        try RemoteChecks.checkHeaders(map)
        value.warn("not supported yet: tracing; nothing is traced")
    }

    static func otlp(_ value: YAMLValue, _ validation: NameValidation) throws(YAMLError) {
        let flags = [
            "promote_all_resource_attributes", "keep_identifying_resource_attributes", "convert_histograms_to_nhcb", "promote_scope_metadata",
            "label_name_underscore_sanitization", "label_name_preserve_multiple_underscores",
        ]
        let map = try value.mapping(keys: flags + ["promote_resource_attributes", "ignore_resource_attributes", "translation_strategy"])
        for key in flags { _ = try map.bool(key) }
        let all = try map.bool("promote_all_resource_attributes") ?? false
        try checkAttributes(map, "promote_resource_attributes", allowed: !all)
        try checkAttributes(map, "ignore_resource_attributes", allowed: all)
        let translation = try map.choice("translation_strategy", Translation.self)
        if validation == .legacy, translation == .utf8Suffixes || translation == Translation.none {
            throw map.error(at: "translation_strategy", "the strategy gives UTF-8 names, which metric_name_validation_scheme legacy forbids")
        }
        value.warn("not supported yet: otlp; there is no OTLP receiver")
    }

    private static func checkAttributes(_ map: YAMLMapping, _ key: String, allowed: Bool) throws(YAMLError) {
        let list = try map.list(key)
        if !allowed, !list.isEmpty {
            throw map.error(at: key, "\(key) contradicts promote_all_resource_attributes")
        }
        var seen: Set<String> = []
        for item in list {
            let name = String(try item.string().drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
            if name.isEmpty { throw item.error("an empty attribute name") }
            if !seen.insert(name).inserted { throw item.error("the attribute \"\(name)\" is given twice") }
        }
    }
}
