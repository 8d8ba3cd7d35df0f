/// Notices when a batch has several samples of one series: a bit for each slot, so that looking costs next to nothing for the batches, nearly all,
/// that have none.
final class RepeatFinder {
    private var words: UnsafeMutablePointer<UInt64>
    private var wordCount = 16
    /// Whether a slot was noted twice since the last `forget`.
    private(set) var found = false

    init() {
        words = .allocate(capacity: wordCount)
        words.initialize(repeating: 0, count: wordCount)
    }

    deinit { words.deallocate() }

    @inline(__always)
    func note(_ slot: UInt32) {
        let at = Int(truncatingIfNeeded: slot &>> 6)
        if at >= wordCount { grow(at + 1) }
        let bit: UInt64 = 1 &<< UInt64(slot & 63)
        if words[at] & bit != 0 { found = true }
        words[at] |= bit
    }

    @inline(never)
    private func grow(_ needed: Int) {
        let size = max(needed, wordCount * 2)
        let new = UnsafeMutablePointer<UInt64>.allocate(capacity: size)
        new.update(from: words, count: wordCount)
        (new + wordCount).initialize(repeating: 0, count: size - wordCount)
        words.deallocate()
        words = new
        wordCount = size
    }

    /// Begins anew after a batch, whose samples tell which slots were noted.
    func forget(_ samples: UnsafeBufferPointer<StagedSample>) {
        for sample in samples { words[Int(truncatingIfNeeded: sample.slot &>> 6)] = 0 }
        found = false
    }
}
