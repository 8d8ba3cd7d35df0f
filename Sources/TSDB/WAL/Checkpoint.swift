import Model

/// What of the log's oldest segments is still needed, in a folder of its own beside the segments: `checkpoint.00000012` stands for the segments up
/// to that number. It is written as a log is.
struct Checkpoint {
    /// What is to be kept.
    struct Wanted {
        /// Samples and deletions from this time on.
        var minTime: Timestamp
        /// Whether a series is, or whether later segments may mention it.
        var series: (UInt64) -> Bool
    }

    private static let prefix = "checkpoint."
    private static let temporarySuffix = WALFormat.temporarySuffix

    let folder: String
    /// The last segment that it stands for.
    let segment: Int

    /// The latest checkpoint of a log, nil if there is none. One that was not finished does not count.
    static func latest(_ log: String, _ files: any FileSystem) throws(FileError) -> Checkpoint? { try all(log, files).last }

    private static func all(_ log: String, _ files: any FileSystem) throws(FileError) -> [Checkpoint] {
        guard try files.kind(log) != nil else { return [] }
        var found: [Checkpoint] = []
        for name in try files.list(log) where name.hasPrefix(prefix) {
            guard let number = WALFormat.segmentNumber(String(name.dropFirst(prefix.utf8.count))) else { continue }
            found.append(Checkpoint(folder: FilePath.join(log, name), segment: number))
        }
        return found.sorted { $0.segment < $1.segment }
    }

    /// Removes the checkpoints and copies of segments that were being written when the program ended.
    static func cleanUp(_ log: String, _ files: any FileSystem) throws(FileError) {
        guard try files.kind(log) != nil else { return }
        for name in try files.list(log) where name.hasSuffix(temporarySuffix) {
            // Others put files of their own here.
            let target = String(name.dropLast(temporarySuffix.utf8.count))
            guard target.hasPrefix(prefix) || WALFormat.segmentNumber(target) != nil else { continue }
            try files.removeAll(FilePath.join(log, name))
        }
    }

    /// Writes a checkpoint for the segments up to `last`, from the one before and the segments since, then removes these. If anything cannot be
    /// read or written, everything stays as it was.
    static func write(
        _ log: String, through last: Int, _ wanted: Wanted, _ files: any FileSystem, segmentSize: Int, compression: LogCompression
    ) throws(StorageError) {
        let before = try wrapped { () throws(FileError) in try latest(log, files) }
        let target = FilePath.join(log, prefix + WALFormat.segmentName(last))
        do throws(StorageError) {
            try wrapped { () throws(FileError) in try files.removeAll(target + temporarySuffix) }
            let copy = try CheckpointCopy(target + temporarySuffix, wanted, files, segmentSize: segmentSize, compression: compression)
            if let before { try copy.take(before.folder, 0...Int.max) }
            try copy.take(log, (before.map { $0.segment + 1 } ?? 0)...last)
            try wrapped { () throws(FileError) in
                try copy.finish()
                try files.rename(target + temporarySuffix, to: target)
                try files.syncFolder(log)
            }
        } catch {
            try? files.removeAll(target + temporarySuffix)
            throw error
        }
        try wrapped { () throws(FileError) in
            try WALFolder.removeSegments(log, below: last + 1, files)
            for old in try all(log, files) where old.segment < last { try files.removeAll(old.folder) }
        }
    }
}

/// Copies the wanted part of records into a checkpoint.
private final class CheckpointCopy {
    private let wanted: Checkpoint.Wanted
    private let files: any FileSystem
    private let writer: WALWriter
    private let batch = WALBatch()
    private let samples = WALSamples()
    /// The series that were left out: nobody will know whose samples those were.
    private var dropped: Set<UInt64> = []
    private let metadata = SeriesMetadata()
    /// About how many bytes a record of metadata has at most.
    private static let metadataLength = 1 << 20

    init(_ folder: String, _ wanted: Checkpoint.Wanted, _ files: any FileSystem, segmentSize: Int, compression: LogCompression) throws(StorageError) {
        self.wanted = wanted
        self.files = files
        writer = try wrapped { () throws(FileError) in try WALWriter(folder, files, segmentSize: segmentSize, compression: compression) }
    }

    func take(_ folder: String, _ segments: ClosedRange<Int>) throws(StorageError) {
        let reader = try wrapped { () throws(FileError) in try WALReader(folder, files, segments) }
        while let record = try next(reader) {
            do {
                try copy(record)
            } catch let error as FileError {
                throw .file(error)
            } catch {
                reader.reject("\(error)")
            }
        }
        if let damage = reader.report.damages.first {
            throw .damaged(path: WALFolder.segmentPath(folder, damage.place.segment), offset: damage.place.offset, reason: damage.cause)
        }
    }

    private func next(_ reader: WALReader) throws(StorageError) -> UnsafeRawBufferPointer? {
        do { return try reader.next() } catch { throw .compressedLog(error) }
    }

    private func copy(_ record: UnsafeRawBufferPointer) throws {
        batch.removeAll()
        switch WALRecordKind(of: record)?.content {
        case .series:
            try WALSeries.decode(record) { reference, labels in
                if wanted.series(reference) { batch.addSeries(reference, labels) } else { dropped.insert(reference) }
            }
            try writer.append(batch)
        case .samples:
            try samples.decode(record)
            for i in 0..<samples.count where samples.times[i] >= wanted.minTime && !isDropped(samples.references[i]) {
                batch.addSample(samples.references[i], samples.times[i], samples.values[i])
            }
            try writer.append(batch)
        case .histograms:
            for sample in try WALHistogram.decode(record) where sample.time >= wanted.minTime && !isDropped(sample.reference) {
                batch.addHistogram(sample.reference, sample.time, sample.histogram)
            }
            try writer.append(batch)
        case .tombstones:
            // Each where it was among the samples: it is about those before it.
            for tombstone in try WALTombstone.decode(record) where tombstone.range.through >= wanted.minTime && !isDropped(tombstone.reference) {
                batch.addTombstone(tombstone)
            }
            try writer.append(batch)
        case .exemplars:
            for one in try WALExemplar.decode(record) where one.exemplar.time >= wanted.minTime && !isDropped(one.reference) {
                batch.addExemplar(one.reference, one.exemplar)
            }
            try writer.append(batch)
        case .metadata:
            for one in try WALMetadata.decode(record) where wanted.series(one.reference) { metadata.set(one.reference, one.metadata) }
        case nil:
            // What is not understood is not judged either.
            if !record.isEmpty { try writer.append(record) }
        }
    }

    private func isDropped(_ reference: UInt64) -> Bool { !dropped.isEmpty && dropped.contains(reference) }

    /// Only the latest of each series, behind all the series.
    private func writeMetadata() throws(FileError) {
        batch.removeAll()
        for (reference, encoded) in metadata.all {
            batch.addMetadata(reference, encoded)
            guard batch.metadata.count > Self.metadataLength else { continue }
            try writer.append(batch)
            batch.removeAll()
        }
        try writer.append(batch)
    }

    func finish() throws(FileError) {
        try writeMetadata()
        // A checkpoint may well be empty, but its folder and a segment must be there.
        if writer.segment < 0 { try writer.beginSegment() }
        try writer.sync()
    }
}
