import Model
import StrictYAML

/// One entry of `dns_sd_configs`.
public struct DNSDiscoveryConfiguration: Sendable, Hashable {
    public var names: [String]
    public var type: DNSRecordType
    /// Of the targets; SRV records bring their own.
    public var port: UInt16
    /// Milliseconds between two lookups.
    public var refreshInterval: Int64

    public init(names: [String], type: DNSRecordType = .srv, port: UInt16 = 0, refreshInterval: Int64 = 30_000) {
        self.names = names
        self.type = type
        self.port = port
        self.refreshInterval = refreshInterval
    }
}

/// The records that targets are made of, by the names that `type` gives them.
public enum DNSRecordType: String, Sendable, Hashable, CaseIterable {
    case a = "A"
    case aaaa = "AAAA"
    case srv = "SRV"
    case mx = "MX"
    case ns = "NS"

    /// RFC 1035, 3.2.2; RFC 3596; RFC 2782.
    var code: UInt16 {
        switch self {
        case .a: 1
        case .ns: 2
        case .mx: 15
        case .aaaa: 28
        case .srv: 33
        }
    }
}

extension DNSDiscoveryConfiguration {
    static func readAll(_ list: [YAMLValue]) throws(YAMLError) -> [DNSDiscoveryConfiguration] {
        var all: [DNSDiscoveryConfiguration] = []
        for value in list { all.append(try DNSDiscoveryConfiguration(value)) }
        return all
    }

    private init(_ value: YAMLValue) throws(YAMLError) {
        if value.isNull { throw value.error("an empty section") }
        let map = try value.mapping(keys: ["names", "type", "port", "refresh_interval"])
        let names = try map.strings("names")
        if names.isEmpty { throw value.error("DNS discovery needs at least one name in names") }
        if let at = names.firstIndex(where: { $0.isEmpty || $0.utf8.contains(0) }) { throw map.error(at: "names", "\(quoted(names[at])) is no name") }
        let type = try map.given("type").map { value throws(YAMLError) in try Self.type(value) } ?? .srv
        let port = try map.integer("port", in: 0...65535) ?? 0
        if type != .srv, port == 0 { throw map.error(at: "port", "a port is needed: \(type.rawValue) records have none") }
        self.init(
            names: names, type: type, port: UInt16(port), refreshInterval: try map.duration("refresh_interval") ?? 30_000)
    }

    /// In any case of letters.
    private static func type(_ value: YAMLValue) throws(YAMLError) -> DNSRecordType {
        if let type = DNSRecordType(rawValue: try value.string().uppercased()) { return type }
        return try value.choice(DNSRecordType.self)
    }
}
