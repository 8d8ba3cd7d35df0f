import Model

/// Several cursors side by side: series after series, with those of the cursors that have it.
final class AlignedCursors {
    private let all: [any ChunkSeriesCursor]
    /// Whether a cursor stands on a series that was not handed out yet.
    private var waiting: [Bool]
    private var isStarted = false
    private let skipsDamage: Bool
    private(set) var labels = Labels.empty
    /// The places of those cursors that stand on the current series, ascending.
    private(set) var current: [Int] = []

    /// With `skipsDamage` what cannot be read is left out; otherwise `next` throws.
    init(_ cursors: [any ChunkSeriesCursor], skipsDamage: Bool) {
        all = cursors
        self.skipsDamage = skipsDamage
        waiting = cursors.map { _ in false }
    }

    subscript(place: Int) -> any ChunkSeriesCursor { all[place] }

    /// Moves on to the next series, in the order of their labels; false at the end.
    func next() throws(StorageError) -> Bool {
        for at in isStarted ? current : Array(all.indices) {
            waiting[at] = false
            waiting[at] = try next(at)
        }
        isStarted = true
        guard let least = leastLabels() else { return false }
        current = all.indices.filter { waiting[$0] && all[$0].labels == least }
        labels = least
        return true
    }

    private func next(_ at: Int) throws(StorageError) -> Bool {
        while true {
            do {
                return try all[at].next()
            } catch .damaged(let path, let offset, let reason) {
                if !skipsDamage { throw .damaged(path: path, offset: offset, reason: reason) }
            }
        }
    }

    private func leastLabels() -> Labels? {
        var least: Labels?
        for at in all.indices where waiting[at] {
            let labels = all[at].labels
            if least.map({ labels < $0 }) ?? true { least = labels }
        }
        return least
    }
}
