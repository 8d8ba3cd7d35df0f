import CLinux

/// A record was compressed by a writer whose compression is not supported.
public struct WALCompressed: Error, CustomStringConvertible {
    public let place: WALReport.Place
    public let compression: String

    public var description: String {
        """
        write-ahead log, \(place): the record is compressed with \(compression), which is not supported; \
        let Prometheus write its log with --no-storage.tsdb.wal-compression, or let it shut down and remove the log after its blocks are written
        """
    }
}

/// Reads all records of a log in order, with memory for a few pages and the longest record.
///
/// Damage costs the records it hits: reading goes on at the next fragment that is whole.
public final class WALReader {
    private let folder: String
    private let fileSystem: any FileSystem
    private var segments: [Int]
    private var pages: WALPages?
    /// The fragments of the record that is being put together.
    private let parts = ByteStore()
    private var inRecord = false
    /// Whether the beginning of a record was lost, so that its other fragments are passed over.
    private var isLost = false
    /// Whether the record that is being put together is compressed: each of its fragments says so.
    private var isCompressed = false
    private let compression = WALCompression()
    /// The number that the next segment should have, if that is known.
    private var expected: Int?
    /// Called with the number of each segment when its reading begins.
    var onSegment: (Int) -> Void = { _ in }
    /// Where the last record that `next` returned begins.
    public private(set) var place = WALReport.Place(segment: 0, offset: 0)
    /// Complete once `next` has returned nil.
    public private(set) var report = WALReport()

    /// Reads the segments with these numbers. A folder that is not there is an empty log. If the first number is not 0, the log must begin with it.
    public init(_ folder: String, _ fileSystem: any FileSystem, _ numbers: ClosedRange<Int> = 0...Int.max) throws(FileError) {
        self.folder = folder
        self.fileSystem = fileSystem
        expected = numbers.lowerBound > 0 ? numbers.lowerBound : nil
        segments = try WALFolder.segments(folder, fileSystem).filter { numbers.contains($0) }.reversed()
    }

    /// The next record, valid until the next call; nil at the end. What cannot be read is passed over, and told by `report`.
    public func next() throws(WALCompressed) -> UnsafeRawBufferPointer? {
        while let record = try nextRaw() {
            if !record.isCompressed { return record.bytes }
            if let whole = compression.restore(record.bytes) { return whole }
            reject(Self.notRestored.description)
        }
        return nil
    }

    /// A record as it is in the log.
    struct Raw {
        let bytes: UnsafeRawBufferPointer
        let isCompressed: Bool
    }

    /// Why a record is rejected that says it is compressed.
    static let notRestored = UnrestorableRecord()

    struct UnrestorableRecord: Error, CustomStringConvertible {
        let description = "a compressed record that cannot be restored"
    }

    /// As `next`, for a caller that restores what is compressed itself, and rejects it if it cannot.
    func nextRaw() throws(WALCompressed) -> Raw? {
        while true {
            guard let pages else {
                guard openSegment() else { return nil }
                continue
            }
            let start = pages.offset
            if !inRecord { place.offset = start }
            switch pages.next(continuing: inRecord) {
            case .fragment(let type, let data):
                if let record = try take(type, data, start) {
                    report.records += 1
                    return record
                }
            case .end: endSegment(torn: inRecord)
            case .torn: endSegment(torn: true)
            case .damaged(let cause):
                damaged(cause)
                // Within a record, what follows belongs to it until another begins.
                isLost = true
                pages.recover()
            }
        }
    }

    /// For a caller that cannot make sense of the record just returned: counts it as damage.
    public func reject(_ cause: String) {
        report.records -= 1
        damaged(cause)
    }

    /// The same for records that came earlier, behind the end of the log.
    func reject(_ damages: [WALReport.Damage]) {
        guard !damages.isEmpty else { return }
        report.records -= damages.count
        report.damages = (report.damages + damages).sorted { ($0.place.segment, $0.place.offset) < ($1.place.segment, $1.place.offset) }
    }

    private func openSegment() -> Bool {
        guard let number = segments.popLast() else { return false }
        if let expected, number > expected {
            place = .init(segment: expected, offset: 0)
            damaged("the segment is missing, and \(WALFormat.segmentName(number)) is there")
            report.missing.append(expected..<number)
        }
        expected = number + 1
        place = .init(segment: number, offset: 0)
        isLost = false
        onSegment(number)
        do {
            pages = try WALPages(try fileSystem.open(WALFolder.segmentPath(folder, number), .read))
        } catch {
            damaged(error.description)
        }
        return true
    }

    private func take(_ type: UInt8, _ data: UnsafeRawBufferPointer, _ start: Int) throws(WALCompressed) -> Raw? {
        let compressed = type & WALFormat.snappy != 0
        switch type & WALFormat.typeMask {
        case WALFormat.whole, WALFormat.first:
            if inRecord {
                damaged("a record begins within another")
                place.offset = start
            }
            inRecord = false
            isLost = false
            guard try isReadable(type, data) else { return nil }
            isCompressed = compressed
            if type & WALFormat.typeMask == WALFormat.whole { return Raw(bytes: data, isCompressed: compressed) }
            parts.removeAll()
            parts.append(data)
            inRecord = true
        case let kind:
            guard inRecord, compressed == isCompressed, type & WALFormat.zstd == 0 else {
                if !isLost { damaged("the continuation of a record without its beginning") }
                isLost = true
                return nil
            }
            parts.append(data)
            guard kind == WALFormat.last else { return nil }
            inRecord = false
            return Raw(bytes: parts.bytes, isCompressed: isCompressed)
        }
        return nil
    }

    /// False if the record's first fragment says it is compressed in a way that it is not; throws if it is, and that way is not supported.
    private func isReadable(_ type: UInt8, _ data: UnsafeRawBufferPointer) throws(WALCompressed) -> Bool {
        guard type & WALFormat.zstd != 0 else { return true }
        if data.starts(with: WALFormat.zstdMagic) { throw WALCompressed(place: place, compression: "zstd") }
        damaged("a fragment's type says zstd, but its data is something else")
        isLost = true
        return false
    }

    private func endSegment(torn: Bool) {
        if torn { report.torn.append(place) }
        inRecord = false
        pages = nil
    }

    private func damaged(_ cause: String) {
        report.damages.append(.init(place: place, cause: cause))
        inRecord = false
    }
}
