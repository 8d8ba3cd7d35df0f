import Model
import StrictYAML

extension TargetGroup {
    /// The groups of a `static_configs` list or of a target file.
    public static func readAll(_ list: [YAMLValue], source: String = "") throws(YAMLError) -> [TargetGroup] {
        var groups: [TargetGroup] = []
        for (index, value) in list.enumerated() {
            if value.isNull { throw value.error("an empty target group") }
            let map = try value.mapping(keys: ["targets", "labels"])
            let targets = try map.strings("targets").map { Labels([(name: addressLabel, value: $0)]) }
            groups.append(TargetGroup(source: "\(source)\(index)", targets: targets, labels: try map.given("labels")?.labels() ?? .empty))
        }
        return groups
    }

    /// An address is `host` or `host:port`; people like to write URLs.
    public static func checkAddresses(_ list: [YAMLValue]) throws(YAMLError) {
        for value in list {
            for target in try value.mapping(keys: ["targets", "labels"]).list("targets") where try target.string().contains("/") {
                throw target.error(
                    "\"\(try target.string())\" is not a valid hostname: give host:port, and scheme and metrics_path as keys of their own")
            }
        }
    }
}

extension FileDiscoveryConfiguration {
    static func readAll(_ list: [YAMLValue]) throws(YAMLError) -> [FileDiscoveryConfiguration] {
        var all: [FileDiscoveryConfiguration] = []
        for value in list {
            if value.isNull { throw value.error("an empty section") }
            let map = try value.mapping(keys: ["files", "refresh_interval"])
            var patterns: [String] = []
            for file in try map.list("files") { patterns.append(try pattern(file)) }
            if patterns.isEmpty { throw value.error("file discovery needs at least one path in files") }
            all.append(FileDiscoveryConfiguration(patterns: patterns, refreshInterval: try map.duration("refresh_interval") ?? 300_000))
        }
        return all
    }

    private static func pattern(_ file: YAMLValue) throws(YAMLError) -> String {
        let path = try file.filePath()
        guard [".json", ".yml", ".yaml"].contains(where: path.hasSuffix) else {
            throw file.error("\"\(path)\" does not end in .json, .yml or .yaml")
        }
        guard !FilePaths.split(path).folder.contains("*") else {
            throw file.error("\"\(path)\": only the last element of the path may hold a pattern")
        }
        return path
    }
}
