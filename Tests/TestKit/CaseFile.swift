import Glibc

/// Keeps the case at hand in a file, so that a crash leaves it behind.
public struct CaseFile {
    private let path: String
    private let descriptor: CInt

    public init(_ path: String) {
        self.path = path
        descriptor = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0o644)
    }

    public func keep(_ text: String) { keep(Array(text.utf8)) }

    public func keep(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { bytes in
            _ = pwrite(descriptor, bytes.baseAddress, bytes.count, 0)
            _ = ftruncate(descriptor, bytes.count)
        }
    }

    /// There was no crash.
    public func remove() {
        close(descriptor)
        unlink(path)
    }
}
