/// Records on their way to the disk.
struct RecordQueue {
    private static let chunk = 250

    /// In chunks, so that none ever grows so long that it must be moved while somebody waits.
    var waiting: [[PendingRecord]] = []
    /// With those that were taken and are not yet kept.
    var count = 0
    var sequence: UInt64 = 0
    /// Whether the thread knows that something waits.
    var isScheduled = false
    var isClosed = false
    /// How many were lost and are not yet told of in the log, and in the records.
    var lost = 0
    var unrecorded = 0

    mutating func append(_ record: PendingRecord) {
        if waiting.last.map({ $0.count < Self.chunk }) != true {
            waiting.append([])
            waiting[waiting.count - 1].reserveCapacity(Self.chunk)
        }
        waiting[waiting.count - 1].append(record)
        count += 1
    }
}
