import CLinux
import Glibc
import Model

/// The series of a record's samples, looked up all at once: one look-up does not wait for the memory of the one before.
final class ReplayedSeries {
    /// Where each sample's series is, `ReferenceDirectory.none` and nil for a reference that no series record names. Valid until the next `find`, as
    /// long as no series leaves the head.
    private(set) var slots: UnsafeMutablePointer<UInt32>
    private(set) var records: UnsafeMutablePointer<UnsafeMutablePointer<SeriesRecord>?>
    /// Those that `slots` stand for.
    private var references: UnsafeMutablePointer<UInt64>
    private var capacity = 1024
    private var count = 0
    private var covered: UnsafeMutablePointer<Covered>
    private var coveredCount = 0

    /// A chunk's first and last time.
    private struct Covered: BitwiseCopyable {
        var from = Timestamp.max
        var through = Timestamp.min
    }

    init() {
        slots = .allocate(capacity: capacity)
        records = .allocate(capacity: capacity)
        references = .allocate(capacity: capacity)
        covered = .allocate(capacity: 1)
    }

    deinit {
        deallocate()
        covered.deallocate()
    }

    private func deallocate() {
        slots.deallocate()
        records.deallocate()
        references.deallocate()
    }

    func find(_ wanted: UnsafeMutablePointer<UInt64>, _ number: Int, _ core: HeadCore) {
        // The next record about a target is mostly about the same series.
        if number == count, memcmp(wanted, references, number * MemoryLayout<UInt64>.stride) == 0 { return }
        reserve(number, core.series.count)
        count = number
        references.update(from: wanted, count: number)
        let (directory, series, slots, records) = (core.references, core.series, slots, records)
        for i in 0..<number {
            let slot = directory.slot(wanted[i])
            slots[i] = slot
            records[i] = nil
            if slot == ReferenceDirectory.none { continue }
            let record = series[slot]
            martlet_prefetch(record)
            martlet_prefetch(UnsafeRawPointer(record) + 64)
            records[i] = record
        }
    }

    /// References may stand for other series from now on.
    func forget() { count = 0 }

    private func reserve(_ number: Int, _ seriesCount: UInt32) {
        if number > capacity {
            deallocate()
            capacity = max(number, capacity * 2)
            slots = .allocate(capacity: capacity)
            records = .allocate(capacity: capacity)
            references = .allocate(capacity: capacity)
        }
        guard Int(seriesCount) > coveredCount else { return }
        let more = UnsafeMutablePointer<Covered>.allocate(capacity: Int(seriesCount) * 2)
        more.update(from: covered, count: coveredCount)
        (more + coveredCount).initialize(repeating: Covered(), count: Int(seriesCount) * 2 - coveredCount)
        covered.deallocate()
        covered = more
        coveredCount = Int(seriesCount) * 2
    }
}

/// Most samples of a long log are in chunks that were found in files. Which chunk that is, is looked up once for all samples in it.
extension ReplayedSeries {
    /// Whether a time is in the same chunk as the one for which `cover` was called last.
    @inline(__always)
    func covers(_ slot: UInt32, _ time: Timestamp) -> Bool {
        if slot == ReferenceDirectory.none { return false }
        let chunk = covered[Int(slot)]
        return time >= chunk.from && time <= chunk.through
    }

    /// A sample came that is not behind all others of its series: notes the chunk it is in.
    func cover(_ slot: UInt32, _ time: Timestamp, _ record: UnsafeMutablePointer<SeriesRecord>) {
        let chunks = record.pointee.closedChunks
        let at = chunks.firstIndex(notBefore: time)
        guard at < chunks.count, chunks[at].firstTime <= time else { return }
        covered[Int(slot)] = Covered(from: chunks[at].firstTime, through: chunks[at].lastTime)
    }

    /// The series has other chunks now.
    func isUncovered(_ slot: UInt32) {
        if slot < coveredCount { covered[Int(slot)] = Covered() }
    }

    /// All series may have.
    func areUncovered() { covered.update(repeating: Covered(), count: coveredCount) }
}
