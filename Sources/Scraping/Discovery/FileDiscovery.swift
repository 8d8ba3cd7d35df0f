import Model
import StrictYAML

/// The target groups of files that others write. Asked to refresh, it reads what has changed; a file that cannot be read or does not
/// parse keeps the groups it gave before, and is reported.
public struct FileDiscovery: Sendable {
    public static let pathLabel = "__meta_filepath"

    public let configuration: FileDiscoveryConfiguration
    private var known: [String: Content] = [:]

    private struct Content: Sendable {
        var hash: UInt64
        var groups: [TargetGroup]
    }

    public init(_ configuration: FileDiscoveryConfiguration) { self.configuration = configuration }

    /// What is known now, in the order of the files' paths.
    public var groups: [TargetGroup] {
        known.keys.sorted(by: precedes).flatMap { known[$0]?.groups ?? [] }
    }

    /// Reads the files. Returns whether the groups may have changed, and what could not be read.
    public mutating func refresh(_ files: FileReading) -> (changed: Bool, problems: [String]) {
        let paths = Set(configuration.patterns.flatMap(files.expand))
        var problems: [String] = []
        var changed = false
        for path in known.keys where !paths.contains(path) {
            known[path] = nil
            changed = true
        }
        for path in paths.sorted(by: precedes) {
            do {
                changed = try refresh(path, files) || changed
            } catch let error as YAMLError {
                problems.append(error.description)
            } catch {
                problems.append("\(path): \(error)")
            }
        }
        return (changed, problems)
    }

    private mutating func refresh(_ path: String, _ files: FileReading) throws -> Bool {
        let bytes = try files.read(path)
        let hash = bytes.withUnsafeBytes { StableHash.fnv1a($0) }
        if known[path]?.hash == hash { return false }
        known[path] = Content(hash: hash, groups: try Self.parse(bytes, path: path))
        return true
    }

    /// The groups of one target file, YAML or JSON.
    public static func parse(_ bytes: [UInt8], path: String) throws(YAMLError) -> [TargetGroup] {
        guard let root = try YAMLValue.parse(bytes, file: path) else { return [] }
        return try TargetGroup.readAll(try root.list(), source: path + ":").map { group in
            var group = group
            group.labels = group.labels.setting(pathLabel, path)
            return group
        }
    }
}
