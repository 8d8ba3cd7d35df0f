import Model

/// The containers of a Docker daemon: a target for each TCP port of each network they are in.
///
/// The daemon's side is the Engine API (<https://docs.docker.com/reference/api/engine/>), the labels are those of Prometheus's `docker_sd_configs`.
public enum DockerDiscovery {
    /// Asks for the containers and the networks, in the version of the API that the daemon has.
    static func ask(_ configuration: DockerDiscoveryConfiguration, _ client: some DiscoveryClient) async throws -> [[UInt8]] {
        let daemon = DockerDaemon(configuration)
        let version = try await daemon.version(client)
        let filters = configuration.filters.isEmpty ? "" : "?filters=" + DockerDaemon.escaped(filterText(configuration.filters))
        let containers = try await daemon.get("/v\(version)/containers/json\(filters)", client)
        let networks = try await daemon.get("/v\(version)/networks", client)
        return [containers, networks]
    }

    /// `{"name":["value"]}`; a name given twice has the values of both.
    static func filterText(_ filters: [DockerDiscoveryConfiguration.Filter]) -> String {
        var members: [JSONValue.Member] = []
        for filter in filters {
            let values = filter.values.map(JSONValue.string)
            if let at = members.firstIndex(where: { sameBytes($0.name, filter.name) }) {
                members[at].value = .array((members[at].value.elements ?? []) + values)
            } else {
                members.append(JSONValue.Member(filter.name, .array(values)))
            }
        }
        return String(decoding: JSONValue.object(members).compact, as: UTF8.self)
    }

    /// The one group that two answers of a daemon make. Throws at the first place that is not as it must be.
    public static func groups(
        _ configuration: DockerDiscoveryConfiguration, containers: [UInt8], networks: [UInt8]
    ) throws(DiscoveryError) -> [TargetGroup] {
        let name = DockerDaemon(configuration).name
        do throws(JSONFault) {
            let networks = try DockerNetwork.labels(JSONPlace.root(networks))
            let all = try DockerContainer.readAll(JSONPlace.root(containers))
            return [TargetGroup(source: "Docker", targets: try DockerTargets(configuration, all, networks).targets())]
        } catch {
            throw DiscoveryError("\(name): \(error)")
        }
    }
}

/// How a daemon is asked.
struct DockerDaemon {
    /// Of daemons that do not say which version of the API they have.
    private static let oldestVersion = "1.24"

    let configuration: DockerDiscoveryConfiguration

    init(_ configuration: DockerDiscoveryConfiguration) { self.configuration = configuration }

    /// As errors call it.
    var name: String {
        switch configuration.host {
        case .socket(let path): "unix://" + path
        case .web(let address): address.shown
        }
    }

    /// The version of its API, such as `1.47`.
    func version(_ client: some DiscoveryClient) async throws -> String {
        let answer = try await client.get(request("/_ping"))
        try check(answer, "/_ping")
        let told = answer.header("Api-Version") ?? ""
        let isVersion = !told.isEmpty && told.utf8.count < 16 && told.utf8.allSatisfy { $0 &- 0x30 < 10 || $0 == UInt8(ascii: ".") }
        return isVersion ? told : Self.oldestVersion
    }

    func get(_ path: String, _ client: some DiscoveryClient) async throws -> [UInt8] {
        let answer = try await client.get(request(path))
        try check(answer, path)
        return answer.body
    }

    private func check(_ answer: DiscoveryAnswer, _ path: String) throws(DiscoveryError) {
        if answer.status == 200 { return }
        let told = (try? JSONValue(parsing: answer.body))?["message"]?.text.map { ": \($0.prefix(200))" } ?? ""
        throw DiscoveryError("\(name): \(path.prefix { $0 != "?" }) was answered with the status \(answer.status)\(told)")
    }

    private func request(_ path: String) -> DiscoveryRequest {
        switch configuration.host {
        case .socket(let socket):
            // Logins and certificates are for daemons that are reached over a network. Go's servers want a host, whichever it is.
            return DiscoveryRequest(
                url: "http+unix://\(Self.escaped(socket))\(path)", name: name, headers: [("Host", "docker")], timeout: configuration.refreshInterval)
        case .web(let address):
            var base = address.bare
            while base.hasSuffix("/") { base.removeLast() }
            return DiscoveryRequest(
                url: base + path, name: name, client: address.client(configuration.client), timeout: configuration.refreshInterval)
        }
    }

    /// Everything but letters, digits and `-_.~` as `%41`.
    static func escaped(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        for byte in text.utf8 {
            let isPlain = byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || "-_.~".utf8.contains(byte)
            if isPlain { out.append(byte) } else { out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
