import Model
import Synchronization

/// The blocks that queries see, changed in one step.
final class BlockSet: Sendable {
    private let list: Mutex<[Block]>

    init(_ blocks: [Block]) { list = Mutex(Self.sorted(blocks)) }

    private static func sorted(_ blocks: [Block]) -> [Block] {
        blocks.sorted { ($0.meta.minTime, $0.meta.ulid) < ($1.meta.minTime, $1.meta.ulid) }
    }

    /// By time, the oldest first.
    var all: [Block] { list.withLock { $0 } }

    /// Running queries keep what they have.
    func replace(_ old: Set<ULID>, with new: [Block]) {
        list.withLock { blocks in
            blocks = Self.sorted(blocks.filter { !old.contains($0.meta.ulid) } + new)
        }
    }

    var bytes: Int64 { all.reduce(0) { $0 + Int64($1.bytes) } }

    /// Where the head's own time begins: the end of the blocks that were cut from it in order.
    ///
    /// Blocks that lie in the future, left by a clock that was ahead, do not count, or nothing of the present could be appended any more.
    func headStart(notAfter latest: Timestamp) -> Timestamp? {
        all.filter { !$0.meta.compaction.hints.contains(BlockMeta.Compaction.fromOutOfOrder) && $0.meta.minTime <= latest }
            .map(\.meta.maxTime).max()
    }
}
