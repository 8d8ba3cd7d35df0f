import Model

/// One output series: a value for each step, and a bit for each step that tells whether there is one.
///
/// Only a view: the memory belongs to a `RowTable` or a `ScratchRow`.
struct Row {
    let values: UnsafeMutablePointer<Double>
    /// Step `i` is bit `i % 64` of word `i / 64`. Bits past the last step are zero.
    let presence: UnsafeMutablePointer<UInt64>
    let steps: Int

    static func words(for steps: Int) -> Int { (steps &+ 63) &>> 6 }

    var words: Int { Self.words(for: steps) }

    @inline(__always)
    func has(_ step: Int) -> Bool { presence[step &>> 6] &>> UInt64(step & 63) & 1 != 0 }

    @inline(__always)
    func set(_ step: Int, _ value: Double) {
        values[step] = value
        presence[step &>> 6] |= 1 &<< UInt64(step & 63)
    }

    @inline(__always)
    func remove(_ step: Int) { presence[step &>> 6] &= ~(1 &<< UInt64(step & 63)) }

    func clear() { presence.update(repeating: 0, count: words) }

    func copy(from other: Row) {
        values.update(from: other.values, count: steps)
        presence.update(from: other.presence, count: words)
    }

    /// Sets the steps that another row has, whatever their values.
    func addPresence(of other: Row) {
        for word in 0..<words { presence[word] |= other.presence[word] }
    }

    /// Fills every step with one value.
    func fill(_ value: Double) {
        values.update(repeating: value, count: steps)
        for word in 0..<words { presence[word] = Self.mask(word, steps) }
    }

    /// The bits of a word that stand for steps.
    static func mask(_ word: Int, _ steps: Int) -> UInt64 {
        let bits = steps - word * 64
        return bits >= 64 ? .max : (1 << UInt64(bits)) - 1
    }

    var isEmpty: Bool {
        for word in 0..<words where presence[word] != 0 { return false }
        return true
    }

    var presentCount: Int {
        var count = 0
        for word in 0..<words { count &+= presence[word].nonzeroBitCount }
        return count
    }

    /// As `forEach`, for what may fail.
    func forEachThrowing(_ body: (Int) throws -> Void) rethrows {
        for step in 0..<steps where has(step) { try body(step) }
    }

    /// Calls `body` with each step that has a value, in order. Inlined, so that `body` costs no call.
    @inline(__always)
    func forEach(_ body: (Int) -> Void) {
        for word in 0..<words {
            var bits = presence[word]
            while bits != 0 {
                body(word &<< 6 &+ bits.trailingZeroBitCount)
                bits &= bits &- 1
            }
        }
    }
}

/// A row of its own, reused from series to series.
final class ScratchRow {
    let row: Row

    init(steps: Int) {
        let words = Row.words(for: steps)
        row = Row(values: .allocate(capacity: max(steps, 1)), presence: .allocate(capacity: max(words, 1)), steps: steps)
        row.values.initialize(repeating: 0, count: max(steps, 1))
        row.presence.initialize(repeating: 0, count: max(words, 1))
    }

    deinit {
        row.values.deallocate()
        row.presence.deallocate()
    }
}

extension UnsafeMutablePointer {
    /// Moves the first `count` elements to a block with room for `capacity` and gives the old block back. Only for blocks of one's own.
    mutating func grow(to capacity: Int, keeping count: Int) {
        let larger = Self.allocate(capacity: Swift.max(capacity, 1))
        larger.moveInitialize(from: self, count: count)
        deallocate()
        self = larger
    }
}
