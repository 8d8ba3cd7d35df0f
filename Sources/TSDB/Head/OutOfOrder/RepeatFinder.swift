/// Notices when a batch has several samples of one series: a bit for each slot, so that looking costs next to nothing for the batches, nearly all,
/// that have none.
final class RepeatFinder {
    private var words: UnsafeMutablePointer<UInt64>
    private var wordCount = 16
    /// How often a slot was noted again since the last `forget`.
    private(set) var repeats = 0

    init() {
        words = .allocate(capacity: wordCount)
        words.initialize(repeating: 0, count: wordCount)
    }

    deinit { words.deallocate() }

    /// Notes a slot for which `reserve` made room.
    @inline(__always)
    func note(_ slot: UInt32) {
        let at = Int(truncatingIfNeeded: slot &>> 6)
        let before = words[at]
        let after = before | 1 &<< UInt64(slot & 63)
        repeats &+= before == after ? 1 : 0
        words[at] = after
    }

    /// Makes room for slots below `count`.
    func reserve(_ count: Int) {
        guard count > wordCount * 64 else { return }
        let size = max(count / 64 + 1, wordCount * 2)
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
        repeats = 0
    }
}
