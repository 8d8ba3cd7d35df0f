public import ClientConfiguration
import Model
import StrictYAML

/// One entry of `http_sd_configs`.
public struct HTTPDiscoveryConfiguration: Sendable, Hashable {
    /// As it is written, which is also what the targets' `__meta_url` says.
    public let url: String
    public let address: SourceAddress
    public var client = HTTPClientConfiguration()
    /// Milliseconds between two askings.
    public var refreshInterval: Int64

    /// Nil if it is no address of http or https.
    public init?(url: String, refreshInterval: Int64 = 60_000) {
        guard let address = SourceAddress(url), ["http", "https"].contains(address.scheme) else { return nil }
        self.url = url
        self.address = address
        self.refreshInterval = refreshInterval
    }
}

extension HTTPDiscoveryConfiguration {
    static func readAll(_ list: [YAMLValue]) throws(YAMLError) -> [HTTPDiscoveryConfiguration] {
        var all: [HTTPDiscoveryConfiguration] = []
        for value in list { all.append(try HTTPDiscoveryConfiguration(value)) }
        return all
    }

    private init(_ value: YAMLValue) throws(YAMLError) {
        if value.isNull { throw value.error("an empty section") }
        let map = try value.mapping(keys: ["url", "refresh_interval"] + HTTPClientConfiguration.keys)
        guard let url = try map.string("url"), !url.isEmpty else { throw map.error(at: "url", "a url is needed") }
        // The text may hold a password, so that it must not be in the message.
        guard let configuration = HTTPDiscoveryConfiguration(url: url) else {
            throw map.error(at: "url", "expected an address with its host, such as http://inventory.example/targets or https://…")
        }
        self = configuration
        client = try HTTPClientConfiguration(map)
        refreshInterval = try map.refreshInterval()
    }
}

extension YAMLMapping {
    /// Milliseconds; a minute, if it is not given.
    func refreshInterval() throws(YAMLError) -> Int64 {
        let interval = try duration("refresh_interval") ?? 60_000
        if interval <= 0 { throw error(at: "refresh_interval", "the interval must be longer than nothing") }
        return interval
    }
}
