public import ClientConfiguration
import Model
import StrictYAML

/// One entry of `docker_sd_configs`.
public struct DockerDiscoveryConfiguration: Sendable, Hashable {
    /// Where the daemon listens.
    public enum Host: Sendable, Hashable {
        /// A socket in the file system.
        case socket(path: String)
        case web(SourceAddress)

        /// Reads `unix:///path`, `tcp://host:port` (which is http), `http://…` and `https://…`; nil for anything else.
        public init?(_ text: String) {
            if text.hasPrefix("unix://") {
                let path = String(text.dropFirst(7))
                guard path.hasPrefix("/"), path.utf8.count > 1, !path.utf8.contains(0) else { return nil }
                self = .socket(path: path)
            } else if text.hasPrefix("tcp://"), let address = SourceAddress("http://" + text.dropFirst(6)) {
                self = .web(address)
            } else if let address = SourceAddress(text), ["http", "https"].contains(address.scheme) {
                self = .web(address)
            } else {
                return nil
            }
        }
    }

    /// Only containers of which one of the values holds, by the daemon's own rules.
    public struct Filter: Sendable, Hashable {
        public var name: String
        public var values: [String]

        public init(name: String, values: [String]) {
            self.name = name
            self.values = values
        }
    }

    /// The address of the daemon as it is written.
    public let hostText: String
    public let host: Host
    public var client = HTTPClientConfiguration()
    /// Of containers that tell of no TCP port.
    public var port: UInt16 = 80
    public var filters: [Filter] = []
    /// The address of containers that use the host's network.
    public var hostNetworkingHost = "localhost"
    /// Whether a container in several networks is one target, in the network that comes first by name, or one for each.
    public var matchFirstNetwork = true
    /// Milliseconds between two askings.
    public var refreshInterval: Int64 = 60_000

    /// Nil if it is no address that a daemon can be asked at.
    public init?(host text: String) {
        guard let host = Host(text) else { return nil }
        hostText = text
        self.host = host
    }
}

extension DockerDiscoveryConfiguration {
    private static let keys =
        ["host", "port", "filters", "host_networking_host", "match_first_network", "refresh_interval"] + HTTPClientConfiguration.keys

    static func readAll(_ list: [YAMLValue]) throws(YAMLError) -> [DockerDiscoveryConfiguration] {
        var all: [DockerDiscoveryConfiguration] = []
        for value in list { all.append(try DockerDiscoveryConfiguration(value)) }
        return all
    }

    private init(_ value: YAMLValue) throws(YAMLError) {
        if value.isNull { throw value.error("an empty section") }
        let map = try value.mapping(keys: Self.keys)
        guard let text = try map.string("host"), !text.isEmpty else { throw map.error(at: "host", "a host is needed") }
        guard let configuration = DockerDiscoveryConfiguration(host: text) else {
            throw map.error(at: "host", "expected an address such as unix:///var/run/docker.sock, tcp://host:2375, http://… or https://…")
        }
        self = configuration
        client = try HTTPClientConfiguration(map)
        port = UInt16(try map.integer("port", in: 0...65535) ?? 80)
        for item in try map.list("filters") {
            let filter = try item.mapping(keys: ["name", "values"])
            filters.append(Filter(name: try filter.string("name") ?? "", values: try filter.strings("values")))
        }
        hostNetworkingHost = try map.string("host_networking_host") ?? hostNetworkingHost
        matchFirstNetwork = try map.bool("match_first_network") ?? true
        refreshInterval = try map.refreshInterval()
    }
}
