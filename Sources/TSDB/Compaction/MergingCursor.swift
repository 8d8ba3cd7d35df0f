import Chunks
import Model

/// Several cursors as one: series with the same labels become one, deletions are carried out, and nothing outside of a time range is left.
final class MergingCursor: ChunkSeriesCursor {
    private let sources: AlignedCursors
    private let merge: ChunkMerge
    private(set) var chunks: [ChunkView] = []
    var labels: Labels { sources.labels }
    var deleted: [TimeRange] { [] }

    /// Where two sources have a sample for one time, the earlier source's stays. With `skipsDamage` what cannot be read is left out; otherwise
    /// `next` throws. `joinsShort`: see `ChunkMerge`.
    init(_ sources: [any ChunkSeriesCursor], range: TimeRange, skipsDamage: Bool = false, joinsShort: Bool = false) {
        self.sources = AlignedCursors(sources, skipsDamage: skipsDamage)
        merge = ChunkMerge(range: range, skipsDamage: skipsDamage, joinsShort: joinsShort)
    }

    func next() throws(StorageError) -> Bool {
        while try sources.next() {
            merge.removeAll()
            for at in sources.current { merge.add(sources[at].chunks, deleted: sources[at].deleted) }
            do {
                chunks = try merge.result()
            } catch {
                throw .damaged(path: "series \(labels)", offset: error.offset, reason: error.reason)
            }
            if !chunks.isEmpty { return true }
        }
        return false
    }
}
