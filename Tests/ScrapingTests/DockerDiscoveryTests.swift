import Glibc
import Model
import StrictYAML
import TestKit
import Testing
import WebClient

@testable import ClientConfiguration
@testable import Scraping

@Suite("Containers of a Docker daemon", .timeLimit(.minutes(1)))
struct DockerDiscoveryTests {
    private static let networks = """
        [{"Id": "n1", "Name": "front", "Scope": "local", "Internal": false, "Ingress": false, "Labels": {"com.example/role": "edge"}},
         {"Id": "n2", "Name": "back", "Scope": "swarm", "Internal": true, "Ingress": true, "Labels": null}]
        """

    private func configuration(_ change: (inout DockerDiscoveryConfiguration) -> Void = { _ in }) throws -> DockerDiscoveryConfiguration {
        var configuration = try #require(DockerDiscoveryConfiguration(host: "unix:///run/docker.sock"))
        change(&configuration)
        return configuration
    }

    private func targets(_ containers: String, _ change: (inout DockerDiscoveryConfiguration) -> Void = { _ in }) throws -> [Labels] {
        let groups = try DockerDiscovery.groups(
            try configuration(change), containers: Array("[\(containers)]".utf8), networks: Array(Self.networks.utf8))
        #expect(groups.count == 1 && groups.first?.source == "Docker")
        return groups.first?.targets ?? []
    }

    private func addresses(_ containers: String, _ change: (inout DockerDiscoveryConfiguration) -> Void = { _ in }) throws -> [String] {
        try targets(containers, change).map { $0["__address__"] ?? "" }
    }

    /// A container with what is not said left as daemons have it.
    private static func container(
        _ id: String, mode: String = "front", networks: String = #"{"front": {"NetworkID": "n1", "IPAddress": "10.0.0.2"}}"#, ports: String = "[]",
        names: String? = nil
    ) -> String {
        """
        {"Id": "\(id)", "Names": \(names ?? "[\"/\(id)\"]"), "Image": "i", "Labels": {}, "Ports": \(ports), "State": "running",
         "HostConfig": {"NetworkMode": "\(mode)"}, "NetworkSettings": {"Networks": \(networks)}}
        """
    }

    // MARK: Labels

    @Test("all labels of a target")
    func labels() throws {
        let container = """
            {"Id": "c1", "Names": ["/web", "/db/alias"], "Labels": {"com.docker.compose.project": "p", "größe": "x", "0": "y"},
             "Ports": [{"IP": "0.0.0.0", "PrivatePort": 80, "PublicPort": 8080, "Type": "tcp"}, {"PrivatePort": 443, "Type": "tcp"},
                       {"PrivatePort": 53, "Type": "udp"}],
             "HostConfig": {"NetworkMode": "front"},
             "NetworkSettings": {"Networks": {"front": {"NetworkID": "n1", "IPAddress": "10.0.0.2"}}}}
            """
        let common = """
            __meta_docker_container_id="c1", __meta_docker_container_label_0="y", __meta_docker_container_label_com_docker_compose_project="p", \
            __meta_docker_container_label_gr__e="x", __meta_docker_container_name="/web", __meta_docker_container_network_mode="front", \
            __meta_docker_network_id="n1", __meta_docker_network_ingress="false", __meta_docker_network_internal="false", \
            __meta_docker_network_ip="10.0.0.2", __meta_docker_network_label_com_example_role="edge", __meta_docker_network_name="front", \
            __meta_docker_network_scope="local"
            """
        #expect(
            try targets(container).map(\.description) == [
                "{__address__=\"10.0.0.2:80\", \(common), __meta_docker_port_private=\"80\", __meta_docker_port_public=\"8080\", "
                    + "__meta_docker_port_public_ip=\"0.0.0.0\"}",
                "{__address__=\"10.0.0.2:443\", \(common), __meta_docker_port_private=\"443\"}",
            ])
    }

    @Test("addresses: ports, networks, and whose network it is")
    func addresses() throws {
        let tcp = #"[{"PrivatePort": 9100, "Type": "tcp"}]"#
        let two = #"{"z": {"NetworkID": "n2", "IPAddress": "10.2.0.2"}, "a": {"NetworkID": "n1", "IPAddress": "10.1.0.2"}, "0": null}"#
        #expect(try addresses("") == [])
        #expect(try addresses(Self.container("a")) == ["10.0.0.2:80"])
        #expect(try addresses(Self.container("a")) { $0.port = 9 } == ["10.0.0.2:9"])
        #expect(try addresses(Self.container("a", ports: #"[{"PrivatePort": 53, "Type": "udp"}]"#)) == ["10.0.0.2:80"])
        #expect(try addresses(Self.container("a", ports: tcp)) == ["10.0.0.2:9100"])
        #expect(try addresses(Self.container("a", names: "[]")) == [])
        #expect(try addresses(Self.container("a", networks: two, ports: tcp)) == ["10.1.0.2:9100"])
        #expect(try addresses(Self.container("a", networks: two, ports: tcp)) { $0.matchFirstNetwork = false } == ["10.1.0.2:9100", "10.2.0.2:9100"])
        let host = #"{"host": {"NetworkID": "h", "IPAddress": ""}}"#
        #expect(try addresses(Self.container("a", mode: "host", networks: host)) == ["localhost"])
        #expect(try addresses(Self.container("a", mode: "host", networks: host)) { $0.hostNetworkingHost = "10.9.9.9" } == ["10.9.9.9"])
        let six = #"{"front": {"NetworkID": "n1", "IPAddress": "fd00::2"}}"#
        #expect(try addresses(Self.container("a", networks: six)) == ["[fd00::2]:80"])
    }

    @Test("a container in another's network is found there, through several, and never in a circle")
    func borrowedNetworks() throws {
        let tcp = #"[{"PrivatePort": 9100, "Type": "tcp"}]"#
        let chain =
            Self.container("a", mode: "container:b", networks: "{}", ports: tcp) + "," + Self.container("b", mode: "container:c", networks: "{}")
            + ","
            + Self.container("c")
        let found = try targets(chain)
        #expect(found.map { $0["__address__"] } == ["10.0.0.2:9100", "10.0.0.2:80", "10.0.0.2:80"])
        #expect(found.first?["__meta_docker_container_network_mode"] == "container:b")
        #expect(found.first?["__meta_docker_network_name"] == "front")
        let circle = Self.container("a", mode: "container:b", networks: "{}") + "," + Self.container("b", mode: "container:a", networks: "{}")
        #expect(try targets(circle) == [])
        #expect(try targets(Self.container("a", mode: "container:gone", networks: "{}")) == [])
        #expect(try targets(Self.container("a", mode: "none", networks: "null")) == [])
    }

    @Test(
        "answers that are none, and where",
        arguments: [
            ("{", "[]", "no JSON"), ("{}", "[]", "expected a list"), ("[1]", "[]", "[0]: expected an object"), (#"[{"Id": 1}]"#, "[]", "[0].Id"),
            (#"[{"Names": "x"}]"#, "[]", "[0].Names: expected a list"), (#"[{"Labels": {"a": 1}}]"#, "[]", "[0].Labels.a: expected text"),
            (#"[{"Ports": [{"PrivatePort": 70000}]}]"#, "[]", "[0].Ports[0].PrivatePort: expected a whole number from 0 to 65535"),
            (#"[{"HostConfig": []}]"#, "[]", "[0].HostConfig: expected an object"),
            (#"[{"NetworkSettings": {"Networks": {"n": {"IPAddress": 1}}}}]"#, "[]", "[0].NetworkSettings.Networks.n.IPAddress: expected text"),
            ("[]", #"[{"Internal": "no"}]"#, "[0].Internal: expected true or false"), ("[]", "", "no JSON"),
        ])
    func faults(_ containers: String, _ networks: String, _ reason: String) throws {
        let configuration = try configuration()
        let error = #expect(throws: DiscoveryError.self) {
            try DockerDiscovery.groups(configuration, containers: Array(containers.utf8), networks: Array(networks.utf8))
        }
        let told = error?.description ?? ""
        #expect(told.hasPrefix("unix:///run/docker.sock: ") && told.contains(reason), "\(told)")
    }

    // MARK: Asking

    @Test("a daemon on a socket is asked in its own version of the API, with the filters")
    func socket() async throws {
        var template = Array("/tmp/martlet-docker-XXXXXX".utf8CString)
        let folder = String(cString: try #require(mkdtemp(&template)))
        defer { rmdir(folder) }
        let path = folder + "/docker %41.sock"
        defer { unlink(path) }
        let server = try LocalServer(socket: path) { head, _ in
            let target = head.split(separator: " ").dropFirst().first ?? ""
            // As Go's servers have it.
            guard head.lowercased().contains("\r\nhost: ") else { return .http("400 Bad Request") }
            switch target.prefix(while: { $0 != "?" }) {
            case "/_ping": return .http("200 OK", ["Api-Version: 1.47"], body: "OK")
            case "/v1.47/containers/json": return .http("200 OK", body: "[\(Self.container("a"))]")
            case "/v1.47/networks": return .http("200 OK", body: Self.networks)
            default: return .http("404 Not Found", body: #"{"message": "page not found"}"#)
            }
        }
        defer { server.close() }
        var docker = try #require(DockerDiscoveryConfiguration(host: "unix://" + path))
        docker.filters = [.init(name: "label", values: ["a=b"]), .init(name: "status", values: ["running"]), .init(name: "label", values: ["c"])]
        let client = WebDiscoveryClient { WebClients(userAgent: "Martlet/test") { _ in [] } }
        let source = PolledConfiguration.docker(docker)
        let groups = try source.groups(from: try await source.ask(client))
        #expect(groups.first?.targets.map { $0["__address__"] } == ["10.0.0.2:80"])
        let lines = server.requests.map { String($0.prefix { $0 != "\r\n" }) }
        #expect(
            lines == [
                "GET /_ping HTTP/1.1",
                "GET /v1.47/containers/json?filters=%7B%22label%22%3A%5B%22a%3Db%22%2C%22c%22%5D%2C%22status%22%3A%5B%22running%22%5D%7D HTTP/1.1",
                "GET /v1.47/networks HTTP/1.1",
            ])
        unlink(path)
        server.close()
        let error = await #expect(throws: DiscoveryError.self) { try await source.ask(client) }
        #expect(error?.description.hasPrefix("unix://\(path): ") == true, "\(error?.description ?? "")")
        await client.shutdown()
    }

    @Test(
        "what a daemon says of its version, and what it refuses",
        arguments: [
            ("1.47", "/v1.47/containers/json"), ("", "/v1.24/containers/json"), ("../x", "/v1.24/containers/json"),
        ])
    func versions(_ told: String, _ path: String) async throws {
        var docker = try #require(DockerDiscoveryConfiguration(host: "tcp://u:hunter2@h:2375/base/"))
        docker.client.followRedirects = false
        let source = PolledConfiguration.docker(docker)
        let client = FakeDiscoveryClient { request in
            if request.url.hasSuffix("/_ping") { return DiscoveryAnswer(status: 200, headers: [("Api-Version", told)], body: []) }
            return DiscoveryAnswer(status: 500, body: Array(#"{"message": "no such filter"}"#.utf8))
        }
        let error = await #expect(throws: DiscoveryError.self) { try await source.ask(client) }
        #expect(error?.description == "http://u:<secret>@h:2375/base/: \(path) was answered with the status 500: no such filter")
        #expect(client.requests.map(\.url) == ["http://h:2375/base/_ping", "http://h:2375/base" + path])
        #expect(client.requests.allSatisfy { $0.client.basicAuth?.password?.revealed == "hunter2" && !$0.client.followRedirects })
    }

    // MARK: Configuration

    private func read(_ yaml: String) throws -> [PolledConfiguration] {
        guard let value = try YAMLValue.parse(Array("docker_sd_configs: [\(yaml)]".utf8), file: "c") else { return [] }
        return try DiscoverySection(try value.mapping(keys: DiscoveryKinds.keys), checkAddresses: true).polled
    }

    @Test("configuration")
    func reading() throws {
        let plain = try configuration()
        #expect(plain.port == 80 && plain.hostNetworkingHost == "localhost" && plain.matchFirstNetwork && plain.refreshInterval == 60_000)
        #expect(try read("{host: 'unix:///run/docker.sock'}") == [.docker(plain)])
        var full = try #require(DockerDiscoveryConfiguration(host: "https://h:2376"))
        full.port = 9
        full.filters = [.init(name: "status", values: ["running", "paused"])]
        full.hostNetworkingHost = "x"
        full.matchFirstNetwork = false
        full.refreshInterval = 5000
        full.client.tls.insecureSkipVerify = true
        #expect(
            try read(
                """
                {host: 'https://h:2376', port: 9, filters: [{name: status, values: [running, paused]}], host_networking_host: x,
                match_first_network: false, refresh_interval: 5s, tls_config: {insecure_skip_verify: true}}
                """) == [.docker(full)])
    }

    @Test(
        "mistakes in it",
        arguments: [
            ("{}", "a host is needed"), ("{host: /run/docker.sock}", "expected an address"), ("{host: 'unix://run'}", "expected an address"),
            ("{host: 'npipe:////./pipe'}", "expected an address"), ("{host: 'http://'}", "expected an address"),
            ("{host: 'tcp://u:hunter2@'}", "expected an address"), ("{host: 'unix:///s', port: 70000}", "port"),
            ("{host: 'unix:///s', refresh_interval: 0s}", "longer than nothing"), ("{host: 'unix:///s', filters: [{key: a}]}", "unknown key"),
            ("null", "an empty section"),
        ])
    func mistakes(_ yaml: String, _ reason: String) {
        let error = #expect(throws: YAMLError.self) { try read(yaml) }
        let told = error?.description ?? ""
        #expect(told.contains(reason) && !told.contains("hunter2"), "\(told)")
    }
}
