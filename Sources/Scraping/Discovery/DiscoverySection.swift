import StrictYAML

/// Where a section of the configuration finds its targets: those of a scrape job, or the alertmanagers.
public struct DiscoverySection: Sendable, Hashable {
    public var staticGroups: [TargetGroup] = []
    public var fileDiscovery: [FileDiscoveryConfiguration] = []
    public var dnsDiscovery: [DNSDiscoveryConfiguration] = []
    /// Sources that are asked over HTTP.
    public var polled: [PolledConfiguration] = []

    public init() {}

    /// - Parameter checkAddresses: whether static addresses must be such as they stand; relabelling may rewrite them before they are used.
    public init(_ map: YAMLMapping, checkAddresses: Bool) throws(YAMLError) {
        try DiscoveryKinds.refuseMissing(map)
        let statics = try map.list("static_configs")
        staticGroups = try TargetGroup.readAll(statics)
        if checkAddresses { try TargetGroup.checkAddresses(statics) }
        fileDiscovery = try FileDiscoveryConfiguration.readAll(try map.list("file_sd_configs"))
        dnsDiscovery = try DNSDiscoveryConfiguration.readAll(try map.list("dns_sd_configs"))
        polled = try DockerDiscoveryConfiguration.readAll(try map.list("docker_sd_configs")).map(PolledConfiguration.docker)
        polled += try HTTPDiscoveryConfiguration.readAll(try map.list("http_sd_configs")).map(PolledConfiguration.http)
    }
}
