import Synchronization
import TSDB

/// Batches that no scrape uses at the moment. A batch of its own would be a third of what a target costs in memory, and one that is made for each
/// scrape costs the faults of its pages.
final class BatchShelf: Sendable {
    static let shared = BatchShelf()

    private static let kept = 4
    /// Samples; the memory of larger ones is given back.
    private static let largest = 1 << 14

    private let free = Mutex<[AppendBatch]>([])

    func take() -> AppendBatch { free.withLock { $0.popLast() } ?? AppendBatch() }

    /// Takes a batch back and leaves an empty one in its place.
    func takeBack(_ batch: inout AppendBatch) {
        defer { batch = AppendBatch() }
        guard batch.count <= Self.largest else { return }
        batch.removeAll()
        free.withLock { if $0.count < Self.kept { $0.append(batch) } }
    }
}
