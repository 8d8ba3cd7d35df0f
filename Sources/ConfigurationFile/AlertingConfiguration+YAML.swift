import Alertmanagers
import ClientConfiguration
import Scraping
import StrictYAML

extension AlertingConfiguration {
    init(_ value: YAMLValue) throws(YAMLError) {
        let map = try value.mapping(keys: ["alert_relabel_configs", "alertmanagers"])
        alertRelabelling = try RelabelRule.readAll(try map.list("alert_relabel_configs"))
        for entry in try map.list("alertmanagers") { alertmanagers.append(try AlertmanagerConfiguration(entry)) }
    }
}

extension AlertmanagerConfiguration {
    private enum Scheme: String, CaseIterable { case http, https }
    private enum Version: String, CaseIterable { case v2 }

    private static let keys =
        ["scheme", "path_prefix", "timeout", "api_version", "relabel_configs", "alert_relabel_configs", "sigv4"]
        + DiscoveryKinds.keys + HTTPClientConfiguration.keys

    init(_ value: YAMLValue) throws(YAMLError) {
        if value.isNull { throw value.error("an empty alertmanager section") }
        let map = try value.mapping(keys: Self.keys)
        if map.has("sigv4") { throw map.error(at: "sigv4", "sigv4 is not supported yet; put a signing forwarder before the alertmanager") }
        _ = try map.choice("api_version", Version.self)
        let relabelling = try RelabelRule.readAll(try map.list("relabel_configs"))
        self.init(discovery: try DiscoverySection(map, checkAddresses: relabelling.isEmpty))
        self.relabelling = relabelling
        scheme = try map.choice("scheme", Scheme.self)?.rawValue ?? "http"
        pathPrefix = try map.string("path_prefix") ?? ""
        timeout = try map.duration("timeout") ?? timeout
        client = try HTTPClientConfiguration(map)
        alertRelabelling = try RelabelRule.readAll(try map.list("alert_relabel_configs"))
    }
}
