public import ClientConfiguration

/// One entry of `http_sd_configs` or `docker_sd_configs`: a source of targets that is asked again and again.
public enum PolledConfiguration: Sendable, Hashable {
    case http(HTTPDiscoveryConfiguration)
    case docker(DockerDiscoveryConfiguration)

    /// What stands before `_sd_configs`.
    public var mechanism: String {
        switch self {
        case .http: "http"
        case .docker: "docker"
        }
    }

    /// Milliseconds between two askings; also how long an answer may take.
    public var refreshInterval: Int64 {
        switch self {
        case .http(let http): http.refreshInterval
        case .docker(let docker): docker.refreshInterval
        }
    }

    /// How the source is spoken to.
    public var client: HTTPClientConfiguration {
        switch self {
        case .http(let http): http.client
        case .docker(let docker): docker.client
        }
    }

    /// Asks once, in as many requests as it takes; their answers are for ``groups(from:)``.
    ///
    /// Throws a ``DiscoveryError``, or that the task was cancelled.
    public func ask(_ client: some DiscoveryClient) async throws -> [[UInt8]] {
        switch self {
        case .http(let http): try await HTTPDiscovery.ask(http, client)
        case .docker(let docker): try await DockerDiscovery.ask(docker, client)
        }
    }

    /// The groups that answers tell of. Large answers take their time.
    public func groups(from answers: [[UInt8]]) throws(DiscoveryError) -> [TargetGroup] {
        switch self {
        case .http(let http): try HTTPDiscovery.groups(in: answers.first ?? [], from: http.url)
        case .docker(let docker): try DockerDiscovery.groups(docker, containers: answers.first ?? [], networks: answers.dropFirst().first ?? [])
        }
    }
}
