import StrictYAML

/// The discovery of a section other than a scrape job, such as where the alertmanagers are.
public struct DiscoverySection: Sendable, Hashable {
    public var staticGroups: [TargetGroup]
    public var fileDiscovery: [FileDiscoveryConfiguration]

    public init(_ map: YAMLMapping, checkAddresses: Bool) throws(YAMLError) {
        try DiscoveryKinds.refuseMissing(map)
        let statics = try map.list("static_configs")
        staticGroups = try TargetGroup.readAll(statics)
        if checkAddresses { try TargetGroup.checkAddresses(statics) }
        fileDiscovery = try FileDiscoveryConfiguration.readAll(try map.list("file_sd_configs"))
    }
}
