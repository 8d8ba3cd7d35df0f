import Catalog
public import Model
public import TSDB

/// A copy of all that a server keeps, made beside a running one or one that has ended: its samples, its catalog, and its configuration without secrets.
///
///     backup.json          what this is, and when it was made
///     data/                a data folder
///     configuration.yml    the configuration in force, secrets masked
///     rules/               the rule files that it names
///
/// It is made from the files and not through the API: so it works whether or not the server runs, and needs no login. Blocks and old segments of the log
/// are links to the server's own files, so that a backup on the same disk takes next to no room; the catalog is copied by SQLite's online backup.
public struct Backup {
    public static let version = 1

    let path: String
    let files: any FileSystem

    /// Why there is no backup, or none that can be restored.
    public struct Refused: Error, CustomStringConvertible {
        public let description: String

        init(_ description: String) { self.description = description }
    }

    public init(_ path: String, _ files: any FileSystem) {
        self.path = path
        self.files = files
    }

    var data: String { FilePath.join(path, "data") }
    private var description: String { FilePath.join(path, "backup.json") }

    /// The configuration as it goes into a backup: names and contents.
    public struct Configuration: Sendable {
        public var redacted: String
        public var ruleFiles: [(name: String, bytes: [UInt8])]

        public init(redacted: String, ruleFiles: [(name: String, bytes: [UInt8])]) {
            self.redacted = redacted
            self.ruleFiles = ruleFiles
        }
    }

    /// Makes the backup, in a folder that is not there or empty; returns what it has, for people. Throws if anything cannot be copied; what was copied so
    /// far is there then, without its description, and cannot be restored.
    public func make(of dataFolder: String, _ configuration: Configuration?, at time: Timestamp) throws -> String {
        guard try files.kind(dataFolder) == .folder else { throw Refused("there is no data folder \(dataFolder)") }
        try Self.requireEmpty(path, files)
        try files.makeLastingFolder(path)
        let blocks = try FolderCopy.make(of: dataFolder, at: data, files)
        let mark = try copyCatalog(of: dataFolder)
        if let configuration { try write(configuration) }
        var members = [JSONValue.Member("version", JSONValue(Self.version)), JSONValue.Member("time", .string(RFC3339.format(time)))]
        if let mark { members.append(JSONValue.Member("records", .string(mark))) }
        // Last: without it there is no backup.
        try files.replace(description, with: JSONValue.object(members).indented)
        return "\(blocks) blocks, the log\(mark.map { ", records up to \($0)" } ?? "")\(configuration == nil ? "" : ", the configuration")"
    }

    /// Nil if there is none.
    private func copyCatalog(of dataFolder: String) throws -> String? {
        guard try files.kind(FilePath.join(CatalogFolder.path(in: dataFolder), "catalog.sqlite")) == .file else { return nil }
        let catalog = try CatalogReader(dataFolder: dataFolder, files)
        try catalog.copy(toDataFolder: data)
        return try catalog.mark().description
    }

    private func write(_ configuration: Configuration) throws {
        try files.replace(FilePath.join(path, "configuration.yml"), with: Array(configuration.redacted.utf8))
        let rules = FilePath.join(path, "rules")
        if !configuration.ruleFiles.isEmpty { try files.makeLastingFolder(rules) }
        for file in configuration.ruleFiles { try files.replace(FilePath.join(rules, file.name), with: file.bytes) }
    }

    /// Copies the backup's data folder to `dataFolder`, which must not be there or be empty; returns when the backup was made.
    public func restore(to dataFolder: String) throws -> String {
        let time = try readDescription()
        try Self.requireEmpty(dataFolder, files)
        let unfinished = dataFolder + ".tmp-for-creation"
        try files.removeAll(unfinished)
        try copy(data, to: unfinished)
        if try files.kind(dataFolder) != nil { try files.remove(dataFolder) }
        try files.rename(unfinished, to: dataFolder)
        try files.syncFolder(FilePath.folder(dataFolder))
        return time
    }

    private func readDescription() throws -> String {
        guard try files.kind(description) == .file else {
            throw Refused("\(path) is no backup, or one that was not made to its end: it has no backup.json")
        }
        let document: JSONValue
        do { document = try JSONValue(parsing: try files.read(description)) } catch { throw Refused("\(description): \(error)") }
        guard let version = document["version"]?.integer, let time = document["time"]?.text else {
            throw Refused("\(description) has no version and time")
        }
        guard version <= Self.version else {
            throw Refused("\(description) has version \(version); this program knows versions up to \(Self.version)")
        }
        return time
    }

    private static func requireEmpty(_ folder: String, _ files: any FileSystem) throws {
        switch try files.kind(folder) {
        case nil: return
        case .file: throw Refused("\(folder) is a file")
        case .folder:
            if let name = try files.list(folder).first { throw Refused("\(folder) is not empty: there is \(name)") }
        }
    }

    private func copy(_ folder: String, to target: String) throws {
        try files.makeLastingFolder(target)
        for name in try files.list(folder) {
            let (source, copied) = (FilePath.join(folder, name), FilePath.join(target, name))
            if try files.kind(source) == .folder { try copy(source, to: copied) } else { _ = try files.copy(source, to: copied) }
        }
        try files.syncFolder(target)
    }
}
