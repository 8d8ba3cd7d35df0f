import Exposition
public import Model
public import TSDB

/// Makes blocks of an OpenMetrics file in which every sample has its time.
public struct OpenMetricsImport {
    public struct Options: Sendable {
        /// How long blocks are, in milliseconds.
        public var blockDuration: Int64 = 2 * 3_600_000
        /// Labels that every series gets; they replace those of the same name.
        public var labels: [Label] = []

        public init() {}
    }

    /// How far the work has come.
    public struct Progress: Sendable {
        public var bytes = 0
        public var totalBytes = 0
        public var samples = 0
        public var series = 0
    }

    /// Why nothing was imported.
    public struct Refused: Error, CustomStringConvertible {
        public let description: String
    }

    private let options: Options
    private let files: any FileSystem
    private let progress: (Progress) -> Void
    /// Lines from one report of progress to the next.
    private static let stride = 1 << 16

    public init(_ options: Options, _ files: any FileSystem, progress: @escaping (Progress) -> Void) {
        self.options = options
        self.files = files
        self.progress = progress
    }

    /// Reads all of `file` before it writes the first block into `folder`. Throws `Refused`, with a line, at what is no OpenMetrics or has no time;
    /// `StorageError` if a file cannot be read or written. `written` is told of each block that is there.
    @discardableResult
    public func run(_ file: String, into folder: String, newULID: @escaping () -> ULID, written: (BlockMeta) -> Void) throws -> Progress {
        var settings = BlockBuilder.Options()
        settings.blockDuration = options.blockDuration
        let mapping = try files.map(file, length: nil)
        let builder = try BlockBuilder(folder: folder, files: files, options: settings, newULID: newULID)
        let result = try withExtendedLifetime(mapping) { try read(mapping.bytes, builder) }
        try builder.finish(written)
        return result
    }

    private func read(_ page: UnsafeRawBufferPointer, _ builder: BlockBuilder) throws -> Progress {
        var cursor = ExpositionCursor(page, format: .openMetrics)
        var state = Progress(totalBytes: page.count)
        var lines = 0
        do {
            while true {
                lines &+= 1
                if lines & (Self.stride &- 1) == 0 { tell(&state, cursor.position, builder) }
                switch try cursor.next() {
                case .series(let line): try add(line, cursor, builder)
                case .end:
                    tell(&state, page.count, builder)
                    return state
                default: continue
                }
            }
        } catch let error as ExpositionError {
            throw Refused(description: "\(error)")
        }
    }

    private func tell(_ state: inout Progress, _ bytes: Int, _ builder: BlockBuilder) {
        state.bytes = bytes
        state.samples = builder.samples
        state.series = builder.seriesCount
        progress(state)
    }

    @inline(__always)
    private func add(_ line: SeriesLine, _ cursor: ExpositionCursor, _ builder: BlockBuilder) throws {
        guard let time = line.timestamp else { throw timeless(cursor[line.key]) }
        let series = try builder.series(key: cursor[line.key]) { key in try labels(key) }
        try builder.add(series, time, line.value)
    }

    private func labels(_ key: UnsafeRawBufferPointer) throws -> Labels {
        let written: Labels
        do { written = try KeyReader.labels(key, format: .openMetrics) } catch { throw Refused(description: "series \(text(key)): \(error)") }
        guard !options.labels.isEmpty else { return written }
        var builder = LabelsBuilder(written)
        for label in options.labels { builder.set(label.name, label.value) }
        return builder.labels()
    }

    private func timeless(_ key: UnsafeRawBufferPointer) -> Refused {
        Refused(description: "expected timestamp for series \(text(key)), got none")
    }

    private func text(_ key: UnsafeRawBufferPointer) -> String { String(decoding: key, as: UTF8.self) }
}
