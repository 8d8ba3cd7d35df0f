import APIClient
import ArgumentParser
import ClientConfiguration
import Server
import StrictYAML
import WebClient

/// How commands that ask a server log in.
struct ServerLogin: ParsableArguments {
    @Option(name: .customLong("http.config.file"), help: "File that says how to log in and whom to trust, in Prometheus's grammar of HTTP clients.")
    var httpConfigFile: String?

    func client(_ server: String) throws -> APIClient {
        guard let httpConfigFile else { return APIClient(server: server) }
        return APIClient(server: server, over: LoginTransport(Self.web, as: try Self.read(httpConfigFile)))
    }

    // Its connections live as long as the process.
    private static let web = WebClients(userAgent: "Martlet/\(BuildInfo.version)", readFile: FileReading.disk.read)

    private static func read(_ path: String) throws -> HTTPClientConfiguration {
        guard let document = try YAMLValue.parse(try FileReading.disk.read(path), file: path) else { return HTTPClientConfiguration() }
        return try HTTPClientConfiguration(try document.mapping(keys: HTTPClientConfiguration.keys))
    }
}
