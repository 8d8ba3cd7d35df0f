import Model

/// Makes targets of containers.
struct DockerTargets {
    /// More of them in one daemon are a mistake, of ours or of who answers.
    private static let most = 100_000

    private let configuration: DockerDiscoveryConfiguration
    private let containers: [DockerContainer]
    private let byID: [String: DockerContainer]
    private let networks: [String: [(name: String, value: String)]]

    init(_ configuration: DockerDiscoveryConfiguration, _ containers: [DockerContainer], _ networks: [String: [(name: String, value: String)]]) {
        self.configuration = configuration
        self.containers = containers
        self.networks = networks
        byID = Dictionary(containers.map { ($0.id, $0) }) { _, last in last }
    }

    func targets() throws(JSONFault) -> [Labels] {
        var all: [Labels] = []
        // One that is being made has no name yet.
        for container in containers where container.name != nil {
            for (_, endpoint) in endpoints(of: container) {
                let ports = container.ports.filter { $0.type == "tcp" }
                if all.count + ports.count >= Self.most { throw JSONFault("the containers make more than \(Self.most) targets") }
                if ports.isEmpty { all.append(target(container, endpoint, nil)) }
                for port in ports { all.append(target(container, endpoint, port)) }
            }
        }
        return all
    }

    /// Its own networks, else those of the container whose network it uses, and so on.
    private func endpoints(of container: DockerContainer) -> ArraySlice<(name: String, endpoint: DockerContainer.Endpoint)> {
        var holder = container
        var seen: Set<String> = [holder.id]
        while holder.endpoints.isEmpty, let id = DockerContainer.borrowed(holder.networkMode), let next = byID[id], seen.insert(id).inserted {
            holder = next
        }
        return configuration.matchFirstNetwork ? holder.endpoints.prefix(1) : holder.endpoints[...]
    }

    private func target(_ container: DockerContainer, _ endpoint: DockerContainer.Endpoint, _ port: DockerContainer.Port?) -> Labels {
        var builder = LabelsBuilder()
        builder.set("__meta_docker_network_ip", endpoint.address)
        if let port {
            builder.set("__meta_docker_port_private", "\(port.inner)")
            if port.outer > 0 {
                builder.set("__meta_docker_port_public", "\(port.outer)")
                builder.set("__meta_docker_port_public_ip", port.ip)
            }
        }
        builder.set("__meta_docker_container_id", container.id)
        builder.set("__meta_docker_container_name", container.name ?? "")
        builder.set("__meta_docker_container_network_mode", container.networkMode)
        for (name, value) in container.labels { builder.set("__meta_docker_container_label_" + name, value) }
        for (name, value) in networks[endpoint.network] ?? [] { builder.set(name, value) }
        builder.set(TargetGroup.addressLabel, address(container, endpoint, port))
        return builder.labels()
    }

    private func address(_ container: DockerContainer, _ endpoint: DockerContainer.Endpoint, _ port: DockerContainer.Port?) -> String {
        // Containers in the host's network have no ports of their own.
        if port == nil, container.networkMode == "host" { return configuration.hostNetworkingHost }
        let host = endpoint.address.utf8.contains(UInt8(ascii: ":")) ? "[\(endpoint.address)]" : endpoint.address
        return "\(host):\(port.map { $0.inner } ?? Int64(configuration.port))"
    }
}
