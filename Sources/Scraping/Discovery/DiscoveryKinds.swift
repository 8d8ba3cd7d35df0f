import StrictYAML

/// The `*_sd_configs` keys of the field.
public enum DiscoveryKinds {
    /// The kinds that are not there yet; the name is what stands before `_sd_configs`.
    public static let missing = [
        "aws", "azure", "consul", "digitalocean", "dockerswarm", "ec2", "ecs", "elasticache", "eureka", "gce", "hetzner", "ionos",
        "kubernetes", "kuma", "lightsail", "linode", "marathon", "msk", "nerve", "nomad", "oci", "openstack", "outscale", "ovhcloud",
        "puppetdb", "rds", "scaleway", "serverset", "stackit", "triton", "uyuni", "vultr",
    ]

    /// All keys a section with discovery may have.
    public static let keys =
        ["static_configs"] + (["dns", "docker", "file", "http"] + missing).map { $0 + "_sd_configs" }

    /// Throws for a kind that is not there yet: its targets would be missing without a word.
    public static func refuseMissing(_ map: YAMLMapping) throws(YAMLError) {
        for kind in missing where map.has(kind + "_sd_configs") {
            let key = kind + "_sd_configs"
            throw map.error(
                at: key, "\(key) is not supported yet; let a small program write the targets to a file and use file_sd_configs, or serve them")
        }
    }
}
