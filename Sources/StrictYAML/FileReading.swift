/// The two things a reader of configuration asks of a file system, handed in by whoever may open files.
public struct FileReading: Sendable {
    /// The whole content of a file.
    public var read: @Sendable (_ path: String) throws -> [UInt8]
    /// The names in a folder, in any order.
    public var list: @Sendable (_ folder: String) throws -> [String]

    public init(read: @escaping @Sendable (String) throws -> [UInt8], list: @escaping @Sendable (String) throws -> [String]) {
        self.read = read
        self.list = list
    }

    /// The files a path stands for. Only its last element may be a pattern; a path without one stands for itself, there or not.
    /// A folder that cannot be listed has no files.
    public func expand(_ pattern: String) -> [String] {
        let (folder, last) = FilePaths.split(pattern)
        guard GlobPattern.isPattern(last) else { return [pattern] }
        let names = (try? list(folder.isEmpty ? "." : folder)) ?? []
        let glob = GlobPattern(last)
        let prefix = folder.isEmpty ? "" : folder == "/" ? "/" : folder + "/"
        return names.filter(glob.matches).map { prefix + $0 }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}

/// Paths with `/`.
public enum FilePaths {
    /// The folder (empty if there is none) and the last element.
    public static func split(_ path: String) -> (folder: String, last: String) {
        guard let slash = path.lastIndex(of: "/") else { return ("", path) }
        let folder = slash == path.startIndex ? "/" : String(path[..<slash])
        return (folder, String(path[path.index(after: slash)...]))
    }

    /// `path` as seen from the folder `file` is in.
    public static func resolve(_ path: String, besides file: String) -> String {
        let folder = split(file).folder
        if path.isEmpty || path.hasPrefix("/") || folder.isEmpty { return path }
        return folder == "/" ? "/" + path : folder + "/" + path
    }
}

extension YAMLValue {
    /// The path of a file, relative ones taken from the folder of the file this value stands in.
    public func filePath() throws(YAMLError) -> String {
        FilePaths.resolve(try string(), besides: place.file)
    }
}
