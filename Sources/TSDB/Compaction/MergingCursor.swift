import Chunks
import Model

/// Several cursors as one: series with the same labels become one, deletions are carried out, and nothing outside of a time range is left.
final class MergingCursor: ChunkSeriesCursor {
    private let sources: [any ChunkSeriesCursor]
    /// Whether a source stands on a series that was not handed out yet.
    private var waiting: [Bool]
    private var current: [Int] = []
    private var isStarted = false
    private let skipsDamage: Bool
    private let merge: ChunkMerge
    private(set) var labels = Labels.empty
    private(set) var chunks: [ChunkView] = []
    var deleted: [TimeRange] { [] }

    /// Where two sources have a sample for one time, the earlier source's stays. With `skipsDamage` what cannot be read is left out; otherwise
    /// `next` throws. `joinsShort`: see `ChunkMerge`.
    init(_ sources: [any ChunkSeriesCursor], range: TimeRange, skipsDamage: Bool = false, joinsShort: Bool = false) {
        self.sources = sources
        self.skipsDamage = skipsDamage
        waiting = sources.map { _ in false }
        merge = ChunkMerge(range: range, skipsDamage: skipsDamage, joinsShort: joinsShort)
    }

    func next() throws(StorageError) -> Bool {
        while true {
            try advance()
            guard let least = leastLabels() else { return false }
            current = sources.indices.filter { waiting[$0] && sources[$0].labels == least }
            labels = least
            merge.removeAll()
            for at in current { merge.add(sources[at].chunks, deleted: sources[at].deleted) }
            do {
                chunks = try merge.result()
            } catch {
                throw .damaged(path: "series \(least)", offset: error.offset, reason: error.reason)
            }
            if !chunks.isEmpty { return true }
        }
    }

    private func advance() throws(StorageError) {
        for at in isStarted ? current : Array(sources.indices) {
            waiting[at] = false
            waiting[at] = try next(at)
        }
        isStarted = true
    }

    private func next(_ at: Int) throws(StorageError) -> Bool {
        while true {
            do {
                return try sources[at].next()
            } catch .damaged(let path, let offset, let reason) {
                if !skipsDamage { throw .damaged(path: path, offset: offset, reason: reason) }
            }
        }
    }

    private func leastLabels() -> Labels? {
        var least: Labels?
        for at in sources.indices where waiting[at] {
            let labels = sources[at].labels
            if least.map({ labels < $0 }) ?? true { least = labels }
        }
        return least
    }
}
