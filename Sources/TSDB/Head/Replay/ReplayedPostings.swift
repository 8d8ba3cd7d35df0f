import Runtime
import Synchronization

/// Adds the series that a replay has created to the postings, on a thread of its own: nobody needs these before the end, and looking up lists takes
/// as long as creating the series.
///
/// The postings, and the labels of series up to the one that was last told, are the thread's until `finish` returns.
final class ReplayedPostings: @unchecked Sendable {
    /// Not kept: its owner waits in `finish`, and must be the last to let go of it, behind which the files go that its chunks lie in.
    private unowned(unsafe) let core: HeadCore
    private let created: Atomic<UInt32>
    private let isEnding = Atomic(false)
    private let wake = Semaphore()
    private let ended = Semaphore()
    /// Only used by the one who tells.
    private var told: UInt32

    init(_ core: HeadCore) {
        self.core = core
        told = core.series.count
        created = Atomic(told)
        startThread { [self, told] in
            add(from: told)
            ended.signal()
        }
    }

    /// Tells that there may be more series.
    func goOn() {
        guard core.series.count > told else { return }
        told = core.series.count
        created.store(told, ordering: .releasing)
        wake.signal()
    }

    /// Waits until all series told are added.
    func finish() {
        goOn()
        isEnding.store(true, ordering: .releasing)
        wake.signal()
        ended.wait()
    }

    /// Returns once everything told before the end is added. Never inlined, so that it has let go of everything then.
    @inline(never)
    private func add(from start: UInt32) {
        var next = start
        var runs = LabelRuns()
        while true {
            let isLast = isEnding.load(ordering: .acquiring)
            let end = created.load(ordering: .acquiring)
            while next < end {
                runs.add(core.series[next].pointee.labelPairs, next, core.postings)
                next += 1
            }
            if isLast { break }
            wake.wait()
        }
        runs.end(next, core.postings)
        core.postings.isWhole(before: next)
    }
}

/// Series that follow each other have most labels in common: a list is looked up once for all that have its label.
private struct LabelRuns {
    /// The labels of the series that came last, and since which slot each has been the same.
    private var labels: [LabelPair] = []
    private var starts: [UInt32] = []

    /// As long as the names are the same, each has its place, so that no list gets a slot before a smaller one.
    mutating func add(_ next: UnsafeBufferPointer<LabelPair>, _ slot: UInt32, _ postings: Postings) {
        guard next.count == labels.count, next.indices.allSatisfy({ next[$0].name == labels[$0].name }) else {
            end(slot, postings)
            labels = Array(next)
            starts = Array(repeating: slot, count: next.count)
            return
        }
        for i in next.indices where next[i] != labels[i] {
            postings.add(labels[i], starts[i]..<slot)
            labels[i] = next[i]
            starts[i] = slot
        }
    }

    /// Ends all runs before a slot.
    mutating func end(_ slot: UInt32, _ postings: Postings) {
        for i in labels.indices { postings.add(labels[i], starts[i]..<slot) }
        labels = []
        starts = []
    }
}
