public import Access
import Glibc
import TSDB

extension WebFiles {
    /// The disk, for the server and for checks.
    public static var disk: WebFiles {
        let files = RealFileSystem()
        return WebFiles(read: { path in try files.read(path) }, stamp: stamp)
    }

    private static func stamp(_ path: String) -> Stamp? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        let changed = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
        return Stamp(size: Int64(status.st_size), changed: changed, number: UInt64(status.st_ino))
    }
}
