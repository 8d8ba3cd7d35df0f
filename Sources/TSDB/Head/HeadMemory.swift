import Synchronization

extension Head {
    /// Moves open chunks together where their pages have become sparse, so that pages become empty. Appends and queries go on meanwhile.
    func moveChunksTogether() {
        let memory = reclaimer.memory
        guard memory.beginMoving() else { return }
        defer { memory.endMoving() }
        var slot: UInt32 = 0
        while moveChunks(&slot) {}
    }

    /// Does the next thousand series; false behind the last.
    private func moveChunks(_ slot: inout UInt32) -> Bool {
        commit.withLock { _ in
            guard slot < core.series.count else { return false }
            let end = min(slot + 1000, core.series.count)
            samples.writing {
                for i in slot..<end { core.chunks.moveOpen(core.series[i]) }
            }
            slot = end
            return true
        }
    }
}
