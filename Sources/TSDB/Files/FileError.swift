import Glibc

/// What the operating system refused.
public struct FileError: Error, Equatable, CustomStringConvertible {
    public let path: String
    /// What was tried, as a verb: "open", "write", "sync".
    public let operation: String
    /// The errno.
    public let code: Int32

    public init(path: String, operation: String, code: Int32) {
        self.path = path
        self.operation = operation
        self.code = code
    }

    /// Whether the file or folder is not there.
    public var isMissing: Bool { code == ENOENT }
    /// Whether a link would lead to another disk, or to one that has none.
    public var isOtherDisk: Bool { code == EXDEV || code == EPERM || code == EOPNOTSUPP || code == EMLINK }
    /// Whether there is no room left.
    public var isFull: Bool { code == ENOSPC || code == EDQUOT }

    public var description: String { "cannot \(operation) \(path): \(String(cString: strerror(code)))" }
}
