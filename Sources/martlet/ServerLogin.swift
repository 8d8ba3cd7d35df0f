import APIClient
import ArgumentParser
import ClientConfiguration
import Scraping
import Server
import StrictYAML

/// How commands that ask a server log in.
struct ServerLogin: ParsableArguments {
    @Option(name: .customLong("http.config.file"), help: "File that says how to log in and whom to trust, in Prometheus's grammar of HTTP clients.")
    var httpConfigFile: String?

    func client(_ server: String) throws -> APIClient {
        guard let httpConfigFile else { return APIClient(server: server) }
        return APIClient(server: server, over: LoginTransport(configuration: try Self.read(httpConfigFile)))
    }

    private static func read(_ path: String) throws -> HTTPClientConfiguration {
        guard let document = try YAMLValue.parse(try FileReading.disk.read(path), file: path) else { return HTTPClientConfiguration() }
        return try HTTPClientConfiguration(try document.mapping(keys: HTTPClientConfiguration.keys))
    }
}

private struct LoginTransport: APITransport {
    // Its connections live as long as the process.
    private static let transport = HTTPTransport(userAgent: "Martlet/\(BuildInfo.version)", readFile: FileReading.disk.read)

    let configuration: HTTPClientConfiguration

    func get(_ url: String) async throws -> (status: Int, body: [UInt8]) {
        try await Self.transport.get(url, timeout: 120_000, limit: 1 << 30, as: configuration)
    }
}
