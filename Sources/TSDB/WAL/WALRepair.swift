/// Makes a log whole again that was not clean, without deleting anything that can still be of use.
///
/// Afterwards every record that could be read is where it was, and nothing else is: readers that stop at damage, and those that refuse gaps
/// between segments, find all of it.
public enum WALRepair {
    /// A damaged segment as it was found.
    public struct SetAside: Sendable, Equatable {
        /// Where it lies now.
        public var path: String
        public var cause: String
    }

    /// More segments than these are not made to fill a gap: a number so far off is not one of ours.
    private static let longestGap = 10_000

    /// Cuts off torn ends, gives damaged segments a second name in the folder `quarantine` and replaces them by their whole records, and makes
    /// missing segments, empty. A crash in between leaves the log as it was, or in part repaired.
    ///
    /// - Parameter unwanted: Records that are left out too.
    public static func perform(
        _ report: WALReport, _ folder: String, quarantine: String, leavingOut unwanted: Set<WALReport.Place> = [], _ fileSystem: any FileSystem
    ) throws(FileError) -> [SetAside] {
        let damaged = Dictionary(grouping: report.damages) { $0.place.segment }
        for place in report.torn where damaged[place.segment] == nil { try cut(place, folder, fileSystem) }
        var aside: [SetAside] = []
        for (segment, damages) in damaged.sorted(by: { $0.key < $1.key }) {
            let path = WALFolder.segmentPath(folder, segment)
            guard try fileSystem.kind(path) != nil else { continue }
            let original = try keep(path, quarantine, FilePath.name(folder), fileSystem)
            try replace(segment, folder, without: unwanted.union(damages.map(\.place)), fileSystem)
            aside.append(.init(path: original, cause: damages.map { "byte \($0.place.offset): \($0.cause)" }.joined(separator: "; ")))
        }
        for segment in Set(unwanted.map(\.segment)).sorted() where damaged[segment] == nil {
            try replace(segment, folder, without: unwanted, fileSystem)
        }
        for gap in report.missing where gap.count <= longestGap {
            for segment in gap { try fileSystem.open(WALFolder.segmentPath(folder, segment), .append).sync() }
        }
        if !damaged.isEmpty || !unwanted.isEmpty { try fileSystem.syncFolder(folder) }
        return aside
    }

    private static func cut(_ place: WALReport.Place, _ folder: String, _ fileSystem: any FileSystem) throws(FileError) {
        let file = try fileSystem.open(WALFolder.segmentPath(folder, place.segment), .append)
        try file.truncate(to: place.offset)
        try file.sync()
    }

    /// Gives a file a second name among those set aside.
    private static func keep(
        _ path: String, _ quarantine: String, _ log: String, _ fileSystem: any FileSystem
    ) throws(FileError) -> String {
        try fileSystem.makeLastingFolder(quarantine)
        let target = try fileSystem.freeName(FilePath.join(quarantine, "\(log)-\(FilePath.name(path))"))
        do {
            try fileSystem.link(path, to: target)
        } catch {
            // Not all disks have second names.
            _ = try fileSystem.copy(path, to: target)
        }
        try fileSystem.syncFolder(quarantine)
        return target
    }

    /// Writes a segment anew with the records that can be read, but for those at the places that nobody could make sense of.
    private static func replace(
        _ segment: Int, _ folder: String, without places: Set<WALReport.Place>, _ fileSystem: any FileSystem
    ) throws(FileError) {
        let path = WALFolder.segmentPath(folder, segment)
        let reader = try WALReader(folder, fileSystem, segment...segment)
        let copy = try fileSystem.open(path + WALFormat.temporarySuffix, .replace)
        let framing = WALFraming()
        let compression = WALCompression()
        var length = 0
        while let record = next(reader) {
            if places.contains(reader.place) { continue }
            framing.output.removeAll()
            if compression.compress(record) {
                length = framing.add(compression.output.bytes, at: length, compression: WALFormat.snappy)
            } else {
                length = framing.add(record, at: length)
            }
            try copy.append(framing.output.bytes)
        }
        try copy.sync()
        try fileSystem.rename(path + WALFormat.temporarySuffix, to: path)
    }

    private static func next(_ reader: WALReader) -> UnsafeRawBufferPointer? {
        do { return try reader.next() } catch { preconditionFailure("BUG: a log is repaired that could not be read: \(error)") }
    }
}
