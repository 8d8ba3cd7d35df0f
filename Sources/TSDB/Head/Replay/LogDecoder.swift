import Runtime
import Synchronization

/// Reads and decodes a log on threads of its own, a little ahead of whoever takes it in.
///
/// They take turns at reading, a batch of records each, and decode side by side: to restore what is compressed is most of the work. The reader is
/// theirs until `next` has returned nil, which whoever makes a decoder must wait for.
final class LogDecoder: @unchecked Sendable {
    private static let threads = 2

    private struct Reading {
        /// So many batches have been begun.
        var begun = 0
        var isEnded = false
        /// How many bytes go into the next batch: few at first, so that nobody waits, and then more. The more rounds of scrapes there are in one, the
        /// more often a series is still in the processor's cache from the round before.
        var limit = 1 << 17
    }

    static let greatestLimit = 1 << 21
    // A batch belongs to one thread at a time; the semaphores hand it over.
    private let batches = (0..<4).map { _ in LogBatch() }
    private let ready = (0..<4).map { _ in Semaphore() }
    private let room = Semaphore(4)
    private let reading = Mutex(Reading())
    private let reader: WALReader
    /// Only touched by who reads, and behind the end.
    private var failure: WALCompressed?
    /// Only touched by `next`.
    private var taken = 0
    private var rejected: [WALReport.Damage] = []

    init(_ reader: WALReader) {
        self.reader = reader
        for _ in 0..<Self.threads { startThread { [self] in decode() } }
    }

    /// What the next records say, valid until the next call; nil at the end.
    func next() throws(WALCompressed) -> DecodedRecords? {
        if taken > 0 { room.signal() }
        ready[taken % batches.count].wait()
        let batch = batches[taken % batches.count]
        taken += 1
        rejected += batch.rejected
        if !batch.isLast { return batch.decoded }
        reader.reject(rejected)
        if let failure { throw failure }
        return nil
    }

    private func decode() {
        let compression = WALCompression()
        while let number = read() {
            let at = number % batches.count
            batches[at].decode(compression)
            ready[at].signal()
        }
    }

    /// Fills the next batch; returns its number, nil if the last one was before.
    private func read() -> Int? {
        reading.withLock { reading -> Int? in
            if reading.isEnded { return nil }
            room.wait()
            let batch = batches[reading.begun % batches.count]
            batch.removeAll()
            do throws(WALCompressed) {
                while failure == nil, batch.bytes < reading.limit, let record = try reader.nextRaw() { batch.add(record, at: reader.place) }
            } catch {
                failure = error
            }
            batch.isLast = batch.isEmpty
            reading.isEnded = batch.isEmpty
            reading.limit = min(reading.limit * 2, Self.greatestLimit)
            reading.begun += 1
            return reading.begun - 1
        }
    }
}

/// A run of records, first as they are in the log and then decoded.
private final class LogBatch {
    private struct Raw {
        let place: WALReport.Place
        let range: Range<Int>
        let isCompressed: Bool
    }

    /// What a record costs beside its contents.
    private static let bytesPerRecord = 64

    private let store = ByteStore()
    private var records: [Raw] = []
    /// What they take when they are restored.
    private(set) var bytes = 0
    let decoded = DecodedRecords()
    /// Those that make no sense.
    private(set) var rejected: [WALReport.Damage] = []
    /// Whether the log ended before it.
    var isLast = false

    var isEmpty: Bool { records.isEmpty }

    func removeAll() {
        store.removeAll()
        records.removeAll(keepingCapacity: true)
        rejected.removeAll()
        bytes = 0
    }

    func add(_ record: WALReader.Raw, at place: WALReport.Place) {
        let start = store.count
        store.append(record.bytes)
        records.append(Raw(place: place, range: start..<store.count, isCompressed: record.isCompressed))
        let restored = record.isCompressed ? WALCompression.restoredLength(record.bytes) ?? 0 : 0
        bytes += max(record.bytes.count, restored) + Self.bytesPerRecord
    }

    func decode(_ compression: WALCompression) {
        decoded.removeAll(samples: min(bytes, LogDecoder.greatestLimit) / WALSamples.shortestSample)
        for record in records {
            let raw = UnsafeRawBufferPointer(rebasing: store.bytes[record.range])
            do {
                guard let whole = record.isCompressed ? compression.restore(raw) : raw else { throw WALReader.notRestored }
                try decoded.add(whole, at: record.place)
            } catch {
                rejected.append(WALReport.Damage(place: record.place, cause: "\(error)"))
            }
        }
        decoded.bySeries()
    }
}
