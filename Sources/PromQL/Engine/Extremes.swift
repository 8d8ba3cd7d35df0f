/// The most extreme members of a group at one step, for `topk` and `bottomk`.
///
/// Which of equal values stay, when not all fit, follows from how the binary heap with the least extreme member on top moves them. Prometheus shows
/// that choice, and graphs that use it should not change with the server, so the same moves are made here, in the order in which members come.
struct Extremes {
    typealias Member = (row: Int, value: Double)

    private var heap: [Member] = []
    private let isTop: Bool

    init(isTop: Bool) { self.isTop = isTop }

    mutating func removeAll() { heap.removeAll(keepingCapacity: true) }

    /// Takes a member in if there are fewer than `size`, or in place of the least extreme one if it is more so.
    mutating func add(_ new: Member, size: Int) {
        if heap.count < size {
            heap.append(new)
            rise()
        } else if let least = heap.first, isWorse(least.value, new.value), !(least.value.isNaN && new.value.isNaN) {
            heap[0] = new
            sink()
        }
    }

    /// All that were kept, the most extreme first and NaN last.
    mutating func sorted() -> [Member] {
        guard heap.count <= 12 else { return heap.sorted { isBetter($0.value, $1.value) } }
        // Few are put in order by insertion, which settles the order of equals.
        for end in heap.indices.dropFirst() {
            var at = end
            while at > 0, isWorse(heap[at - 1].value, heap[at].value) {
                heap.swapAt(at, at - 1)
                at -= 1
            }
        }
        return heap
    }

    private func isBetter(_ a: Double, _ b: Double) -> Bool { !a.isNaN && (b.isNaN || isWorse(b, a)) }

    /// Whether `a` gives way to `b`. NaN gives way to everything.
    private func isWorse(_ a: Double, _ b: Double) -> Bool { a.isNaN || (isTop ? a < b : a > b) }

    private mutating func rise() {
        var at = heap.count - 1
        while at > 0 {
            let parent = (at - 1) / 2
            guard isWorse(heap[at].value, heap[parent].value) else { break }
            heap.swapAt(at, parent)
            at = parent
        }
    }

    private mutating func sink() {
        var at = 0
        while true {
            var child = 2 * at + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, isWorse(heap[child + 1].value, heap[child].value) { child += 1 }
            guard isWorse(heap[child].value, heap[at].value) else { break }
            heap.swapAt(at, child)
            at = child
        }
    }
}
