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
public final class WALReader {
    private let folder: String
    private let fileSystem: any FileSystem
    private var segments: [Int]
    private var pages: WALPages?
    /// The fragments of the record that is being put together.
    private let parts = ByteStore()
    private var inRecord = false
    private let compression = WALCompression()
    private var ended = false
    /// The segment opened last.
    private var previous: Int?
    /// Called with the number of each segment when its reading begins.
    var onSegment: (Int) -> Void = { _ in }
    /// Where the last record that `next` returned begins.
    public private(set) var place = WALReport.Place(segment: 0, offset: 0)
    /// Complete once `next` has returned nil.
    public private(set) var report = WALReport()

    /// Reads the segments with these numbers. A folder that is not there is an empty log.
    public init(_ folder: String, _ fileSystem: any FileSystem, _ numbers: ClosedRange<Int> = 0...Int.max) throws(FileError) {
        self.folder = folder
        self.fileSystem = fileSystem
        segments = try WALFolder.segments(folder, fileSystem).filter { numbers.contains($0) }.reversed()
    }

    /// The next record, valid until the next call; nil at the end or at damage, which `report` then tells.
    public func next() throws(WALCompressed) -> UnsafeRawBufferPointer? {
        while !ended {
            guard let pages else {
                openSegment()
                continue
            }
            if !inRecord { place = .init(segment: place.segment, offset: pages.offset) }
            switch pages.next(continuing: inRecord) {
            case .fragment(let type, let data):
                if let record = try take(type, data) {
                    report.records += 1
                    return record
                }
            case .end: endSegment(torn: inRecord)
            case .torn: endSegment(torn: true)
            case .damaged(let cause): damaged(cause)
            }
        }
        return nil
    }

    /// For a caller that cannot make sense of the record just returned: counts it as damage, and ends the reading.
    public func reject(_ cause: String) {
        report.records -= 1
        damaged(cause)
    }

    private func openSegment() {
        guard let number = segments.popLast() else {
            ended = true
            return
        }
        if let previous, number != previous + 1 {
            place = .init(segment: previous + 1, offset: 0)
            return damaged("the segment is missing, and \(WALFormat.segmentName(number)) is there")
        }
        previous = number
        place = .init(segment: number, offset: 0)
        onSegment(number)
        do {
            pages = try WALPages(try fileSystem.open(WALFolder.segmentPath(folder, number), .read))
        } catch {
            damaged(error.description)
        }
    }

    private func take(_ type: UInt8, _ data: UnsafeRawBufferPointer) throws(WALCompressed) -> UnsafeRawBufferPointer? {
        if type & WALFormat.zstd != 0 {
            ended = true
            throw WALCompressed(place: place, compression: "zstd")
        }
        let isCompressed = type & WALFormat.snappy != 0
        switch (type & WALFormat.typeMask, inRecord) {
        case (WALFormat.whole, false):
            return restored(data, isCompressed)
        case (WALFormat.first, false):
            parts.removeAll()
            parts.append(data)
            inRecord = true
        case (WALFormat.middle, true):
            parts.append(data)
        case (WALFormat.last, true):
            parts.append(data)
            inRecord = false
            return restored(parts.bytes, isCompressed)
        default:
            damaged(inRecord ? "a record begins within another" : "the continuation of a record without its beginning")
        }
        return nil
    }

    private func restored(_ record: UnsafeRawBufferPointer, _ isCompressed: Bool) -> UnsafeRawBufferPointer? {
        guard isCompressed else { return record }
        if let whole = compression.restore(record) { return whole }
        damaged("a compressed record that cannot be restored")
        return nil
    }

    private func endSegment(torn: Bool) {
        if torn { report.torn.append(place) }
        inRecord = false
        pages = nil
    }

    private func damaged(_ cause: String) {
        report.damage = .init(place: place, cause: cause)
        pages = nil
        inRecord = false
        ended = true
    }
}
