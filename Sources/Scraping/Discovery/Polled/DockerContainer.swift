import Model

/// What `/containers/json` says of a container, as far as targets are made of it.
struct DockerContainer {
    struct Port {
        var ip: String
        var inner: Int64
        /// 0 if it is not published.
        var outer: Int64
        var type: String
    }

    /// Where it is in a network.
    struct Endpoint {
        var network: String
        var address: String
    }

    let id: String
    /// As the daemon writes it, with a slash before it; nil if it has none.
    let name: String?
    let networkMode: String
    /// Names as labels may bear them.
    let labels: [(name: String, value: String)]
    let ports: [Port]
    /// By the names of the networks, which are in their order.
    let endpoints: [(name: String, endpoint: Endpoint)]

    static func readAll(_ list: JSONPlace) throws(JSONFault) -> [DockerContainer] {
        var all: [DockerContainer] = []
        for item in try list.elements() { all.append(try DockerContainer(item)) }
        return all
    }

    private init(_ item: JSONPlace) throws(JSONFault) {
        id = try item.member("Id")?.text() ?? ""
        name = try item.member("Names")?.elements().first?.text()
        networkMode = try item.member("HostConfig")?.member("NetworkMode")?.text() ?? ""
        labels = try Self.labels(item.member("Labels"))
        var ports: [Port] = []
        for port in try item.member("Ports")?.elements() ?? [] { ports.append(try Port(port)) }
        self.ports = ports
        var endpoints: [(name: String, endpoint: Endpoint)] = []
        // A network may be there without an endpoint.
        for (name, place) in try item.member("NetworkSettings")?.member("Networks")?.members() ?? [] where place.value != .null {
            endpoints.append((name, try Endpoint(place)))
        }
        self.endpoints = endpoints.sorted { precedes($0.name, $1.name) }
    }

    /// In the order of their names, so that of two that become one it is always the same that stays.
    static func labels(_ place: JSONPlace?) throws(JSONFault) -> [(name: String, value: String)] {
        guard let place else { return [] }
        let members = try place.members()
        if members.count > HTTPDiscovery.mostLabels { throw place.fault("more than \(HTTPDiscovery.mostLabels) labels") }
        var labels: [(name: String, value: String)] = []
        for (name, value) in members.sorted(by: { precedes($0.name, $1.name) }) { labels.append((legacyName(name), try value.text())) }
        return labels
    }

    /// Each character that is no letter of ASCII, digit or underscore becomes an underscore.
    static func legacyName(_ name: String) -> String {
        String(
            decoding: name.unicodeScalars.map { scalar in
                let byte = UInt8(exactly: scalar.value) ?? 0
                return byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 ? byte : UInt8(ascii: "_")
            }, as: UTF8.self)
    }

    /// The id or name of the container whose network this one uses; nil if it has its own.
    static func borrowed(_ networkMode: String) -> String? {
        networkMode.hasPrefix("container:") ? String(networkMode.dropFirst(10)) : nil
    }
}

extension DockerContainer.Port {
    fileprivate init(_ place: JSONPlace) throws(JSONFault) {
        ip = try place.member("IP")?.text() ?? ""
        inner = try place.member("PrivatePort")?.integer(in: 0...65535) ?? 0
        outer = try place.member("PublicPort")?.integer(in: 0...65535) ?? 0
        type = try place.member("Type")?.text() ?? ""
    }
}

extension DockerContainer.Endpoint {
    fileprivate init(_ place: JSONPlace) throws(JSONFault) {
        network = try place.member("NetworkID")?.text() ?? ""
        address = try place.member("IPAddress")?.text() ?? ""
    }
}

/// What `/networks` says.
enum DockerNetwork {
    /// The labels of each network, by its id.
    static func labels(_ list: JSONPlace) throws(JSONFault) -> [String: [(name: String, value: String)]] {
        var all: [String: [(name: String, value: String)]] = [:]
        for item in try list.elements() {
            let id = try item.member("Id")?.text() ?? ""
            var labels: [(name: String, value: String)] = [
                ("__meta_docker_network_id", id), ("__meta_docker_network_name", try item.member("Name")?.text() ?? ""),
                ("__meta_docker_network_scope", try item.member("Scope")?.text() ?? ""),
                ("__meta_docker_network_internal", "\(try item.member("Internal")?.flag() ?? false)"),
                ("__meta_docker_network_ingress", "\(try item.member("Ingress")?.flag() ?? false)"),
            ]
            for (name, value) in try DockerContainer.labels(item.member("Labels")) {
                labels.append(("__meta_docker_network_label_" + name, value))
            }
            all[id] = labels
        }
        return all
    }
}
