import Model

/// Tasks by the time at which they are due; those due at one time in the order in which they were set.
struct TimerQueue<Task: Sendable>: Sendable {
    private struct Entry: Sendable {
        var time: Timestamp
        var sequence: UInt64
        var task: Task

        func precedes(_ other: Entry) -> Bool { (time, sequence) < (other.time, other.sequence) }
    }

    /// A binary heap.
    private var heap: [Entry] = []
    private var sequence: UInt64 = 0

    var next: Timestamp? { heap.first?.time }

    mutating func set(_ task: Task, at time: Timestamp) {
        sequence += 1
        heap.append(Entry(time: time, sequence: sequence, task: task))
        var child = heap.count - 1
        while child > 0, heap[child].precedes(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes the first task if it is due.
    mutating func take(dueAt now: Timestamp) -> Task? {
        guard let first = heap.first, first.time <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        sink()
        return first.task
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].precedes(heap[least]) { least = child }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
