import CLinux
import Glibc

/// The series of a record's samples, looked up all at once: one look-up does not wait for the memory of the one before.
final class ReplayedSeries {
    private var records: UnsafeMutablePointer<UnsafeMutablePointer<SeriesRecord>?>
    /// Those that `records` stand for.
    private var references: UnsafeMutablePointer<UInt64>
    private var capacity = 1024
    private var count = 0

    init() {
        records = .allocate(capacity: capacity)
        references = .allocate(capacity: capacity)
    }

    deinit {
        records.deallocate()
        references.deallocate()
    }

    /// Each record, or nil for a reference that no series record names. Valid until the next call, as long as no series leaves the head.
    func find(_ wanted: UnsafeMutablePointer<UInt64>, _ number: Int, _ core: HeadCore) -> UnsafeMutablePointer<UnsafeMutablePointer<SeriesRecord>?> {
        // The next record about a target is mostly about the same series.
        if number == count, memcmp(wanted, references, number * MemoryLayout<UInt64>.stride) == 0 { return records }
        reserve(number)
        count = number
        references.update(from: wanted, count: number)
        let (directory, series, records) = (core.references, core.series, records)
        for i in 0..<number {
            let slot = directory.slot(wanted[i])
            guard slot != ReferenceDirectory.none else {
                records[i] = nil
                continue
            }
            let record = series[slot]
            martlet_prefetch(record)
            martlet_prefetch(UnsafeRawPointer(record) + 64)
            records[i] = record
        }
        return records
    }

    /// References may stand for other series from now on.
    func forget() { count = 0 }

    private func reserve(_ number: Int) {
        guard number > capacity else { return }
        records.deallocate()
        references.deallocate()
        capacity = max(number, capacity * 2)
        records = .allocate(capacity: capacity)
        references = .allocate(capacity: capacity)
    }
}
