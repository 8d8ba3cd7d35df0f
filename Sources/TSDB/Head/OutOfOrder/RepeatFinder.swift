/// Notices when a batch has several samples of one series.
final class RepeatFinder {
    /// A bit for each slot; all zero between two batches.
    private var words: UnsafeMutablePointer<UInt64>
    private var wordCount = 16

    init() {
        words = .allocate(capacity: wordCount)
        words.initialize(repeating: 0, count: wordCount)
    }

    deinit { words.deallocate() }

    /// Whether some slot comes twice. `slotCount` is greater than all slots.
    func hasRepeats(_ samples: UnsafeBufferPointer<StagedSample>, slotCount: Int) -> Bool {
        // Pages repeat the order in which their series were created, so mostly this is all.
        if ascend(samples) { return false }
        reserve(slotCount)
        defer {
            for sample in samples { words[Int(truncatingIfNeeded: sample.slot &>> 6)] = 0 }
        }
        for sample in samples {
            let bit: UInt64 = 1 &<< UInt64(sample.slot & 63)
            let at = Int(truncatingIfNeeded: sample.slot &>> 6)
            if words[at] & bit != 0 { return true }
            words[at] |= bit
        }
        return false
    }

    private func ascend(_ samples: UnsafeBufferPointer<StagedSample>) -> Bool {
        var i = 1
        while i < samples.count, samples[i &- 1].slot < samples[i].slot { i &+= 1 }
        return i >= samples.count
    }

    private func reserve(_ count: Int) {
        guard count > wordCount * 64 else { return }
        words.deallocate()
        wordCount = max(count / 64 + 1, wordCount * 2)
        words = .allocate(capacity: wordCount)
        words.initialize(repeating: 0, count: wordCount)
    }
}
