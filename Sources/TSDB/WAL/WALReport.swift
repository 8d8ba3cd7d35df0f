/// What a reader found at the end of a log.
public struct WALReport: Sendable, Equatable {
    /// Where a record begins.
    public struct Place: Sendable, Equatable, CustomStringConvertible {
        public var segment: Int
        public var offset: Int

        public init(segment: Int, offset: Int) {
            self.segment = segment
            self.offset = offset
        }

        public var description: String { "segment \(WALFormat.segmentName(segment)), byte \(offset)" }
    }

    public struct Damage: Sendable, Equatable, CustomStringConvertible {
        /// The first record that cannot be read; all before it were.
        public var place: Place
        public var cause: String

        public var description: String { "write-ahead log damaged at \(place): \(cause)" }
    }

    /// Segments that end within a record, and where it begins: what a crash leaves of a write that was under way. Nothing that
    /// was acknowledged is missing, unless it was not synced yet.
    public var torn: [Place] = []
    /// Bytes that cannot be read although more comes behind them. Nothing behind was read.
    public var damage: Damage?
    /// How many records were read.
    public var records = 0

    public init() {}

    public var isClean: Bool { torn.isEmpty && damage == nil }
}

/// Makes a log whole again that was not clean, without deleting anything that can still be of use.
public enum WALRepair {
    /// Cuts off torn ends. Sets a damaged segment and all after it aside under names ending in `.damaged`, and leaves what could be read
    /// of the damaged one in its place. Returns the paths of what was set aside.
    public static func perform(_ report: WALReport, _ folder: String, _ fileSystem: any FileSystem) throws(FileError) -> [String] {
        for place in report.torn {
            let file = try fileSystem.open(WALFolder.segmentPath(folder, place.segment), .append)
            try file.truncate(to: place.offset)
            try file.sync()
        }
        guard let place = report.damage?.place else { return [] }
        var aside: [String] = []
        // The last first: a crash in between leaves the damage in its place for the next start to find.
        for number in try WALFolder.segments(folder, fileSystem).reversed() where number > place.segment {
            aside.append(try setAside(number, folder, fileSystem))
        }
        if try fileSystem.kind(WALFolder.segmentPath(folder, place.segment)) != nil {
            aside.append(try keepStart(place, folder, fileSystem))
        }
        try fileSystem.syncFolder(folder)
        return aside.reversed()
    }

    private static func setAside(_ number: Int, _ folder: String, _ fileSystem: any FileSystem) throws(FileError) -> String {
        let target = try freeName(WALFolder.segmentPath(folder, number), fileSystem)
        try fileSystem.rename(WALFolder.segmentPath(folder, number), to: target)
        return target
    }

    /// Copies the damaged segment whole to its new name, then cuts the one in place.
    private static func keepStart(
        _ place: WALReport.Place, _ folder: String, _ fileSystem: any FileSystem
    ) throws(FileError) -> String {
        let path = WALFolder.segmentPath(folder, place.segment)
        let target = try freeName(path, fileSystem)
        let start = target + ".tmp"
        let copy = try fileSystem.open(start, .replace)
        let whole = try fileSystem.open(path, .read)
        try copyBytes(place.offset, from: whole, to: copy)
        try copy.sync()
        try fileSystem.rename(path, to: target)
        try fileSystem.rename(start, to: path)
        return target
    }

    private static func copyBytes(_ count: Int, from source: any File, to target: any File) throws(FileError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 8)
        defer { buffer.deallocate() }
        var done = 0
        while done < count {
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, count - done)])
            let got = try source.read(into: part, at: done)
            if got == 0 { return }
            try target.append(UnsafeRawBufferPointer(rebasing: part[..<got]))
            done += got
        }
    }

    private static func freeName(_ path: String, _ fileSystem: any FileSystem) throws(FileError) -> String {
        var name = path + ".damaged"
        var n = 1
        while try fileSystem.kind(name) != nil {
            n += 1
            name = path + ".damaged-\(n)"
        }
        return name
    }
}
