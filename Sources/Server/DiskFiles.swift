import StrictYAML
import TSDB

extension FileReading {
    /// The disk, for the parts that read configuration, rule and target files.
    public static var disk: FileReading {
        let files = RealFileSystem()
        return FileReading(read: { path in try files.read(path) }, list: { folder in try files.list(folder) })
    }
}
