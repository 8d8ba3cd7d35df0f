import Model

/// The targets that names stand for. A name that cannot be looked up keeps the targets it had.
public struct DNSDiscovery: Sendable {
    public static let nameLabel = "__meta_dns_name"
    public static let serviceTargetLabel = "__meta_dns_srv_record_target"
    public static let servicePortLabel = "__meta_dns_srv_record_port"
    public static let mailExchangeLabel = "__meta_dns_mx_record_target"
    public static let nameServerLabel = "__meta_dns_ns_record_target"

    public let configuration: DNSDiscoveryConfiguration
    /// By the names' positions; nil until a name's first answer.
    private var known: [TargetGroup?]

    public init(_ configuration: DNSDiscoveryConfiguration) {
        self.configuration = configuration
        known = Array(repeating: nil, count: configuration.names.count)
    }

    /// What is known now, in the order of the names.
    public var groups: [TargetGroup] { known.compactMap { $0 } }

    /// Takes what the name at a position stands for now. Returns whether that is something else than before.
    public mutating func take(_ records: [DNSRecord], at position: Int) -> Bool {
        let name = configuration.names[position]
        let group = TargetGroup(source: name, targets: records.map { target($0, name) })
        defer { known[position] = group }
        return known[position] != group
    }

    private func target(_ record: DNSRecord, _ name: String) -> Labels {
        var builder = LabelsBuilder()
        builder.set(Self.nameLabel, name)
        func address(_ host: String, _ port: UInt16) {
            builder.set(TargetGroup.addressLabel, host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)")
        }
        switch record {
        case .address(let host): address(host, configuration.port)
        case .service(let host, let port):
            builder.set(Self.serviceTargetLabel, host)
            builder.set(Self.servicePortLabel, "\(port)")
            address(Self.unrooted(host), port)
        case .mailExchange(let host):
            builder.set(Self.mailExchangeLabel, host)
            address(Self.unrooted(host), configuration.port)
        case .nameServer(let host):
            builder.set(Self.nameServerLabel, host)
            address(Self.unrooted(host), configuration.port)
        }
        return builder.labels()
    }

    /// Without the dot at the end, as addresses are usually written.
    private static func unrooted(_ name: String) -> String {
        var name = name[...]
        while name.last == "." { name.removeLast() }
        return String(name)
    }
}
