import Runtime

/// Reads and decodes a log on a thread of its own, a little ahead of whoever takes it in: half the work of a start.
///
/// The reader is the thread's until `next` has returned nil, which whoever makes a decoder must wait for.
final class LogDecoder: @unchecked Sendable {
    // Each buffer belongs to one side at a time; the semaphores hand it over.
    private var buffers: [DecodedRecords] = (0..<3).map { _ in DecodedRecords() }
    private let reader: WALReader
    /// How much goes into the next buffer: little at first, so that nobody waits, and then more. The more rounds of scrapes there are in one, the more
    /// often a series is still in the processor's cache from the round before; at the most these are six megabytes.
    private var limit = 10_000
    private static let greatestLimit = 250_000
    private var isEnded = false
    private var failure: WALCompressed?
    private let room: Semaphore
    private let ready = Semaphore()
    private var taken = 0

    init(_ reader: WALReader) {
        self.reader = reader
        room = Semaphore(UInt32(buffers.count))
        startThread { [self] in decode() }
    }

    /// What the next records say, valid until the next call; nil at the end.
    func next() throws(WALCompressed) -> DecodedRecords? {
        if taken > 0 { room.signal() }
        ready.wait()
        taken += 1
        let records = buffers[(taken - 1) % buffers.count]
        if !records.isLast { return records }
        if let failure { throw failure }
        return nil
    }

    private func decode() {
        var filled = 0
        while true {
            room.wait()
            let records = buffers[filled % buffers.count]
            fill(records)
            filled += 1
            // Once it is handed over it is the other side's.
            let isLast = records.isLast
            ready.signal()
            if isLast { return }
        }
    }

    /// The last has nothing in it.
    private func fill(_ records: DecodedRecords) {
        records.removeAll(limit: limit)
        do {
            while records.weight < limit {
                guard let record = try isEnded ? nil : reader.next() else {
                    isEnded = true
                    break
                }
                do {
                    try records.add(record, at: reader.place)
                } catch {
                    reader.reject("\(error)")
                }
            }
        } catch {
            failure = error
            isEnded = true
        }
        records.isLast = isEnded && records.parts.isEmpty
        records.bySeries()
        limit = min(limit * 2, Self.greatestLimit)
    }
}
