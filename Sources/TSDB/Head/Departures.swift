/// References of series that have left the head, as long as segments of the log may mention them.
///
/// A checkpoint must go on naming them until the last such segment is gone, or samples that are still in the log would belong to nobody.
final class Departures {
    /// What left while a segment was being written. Series that come together mostly leave together, so runs of references take little room.
    private struct Group {
        let segment: Int
        /// Ascending, with gaps between them.
        var runs: [ClosedRange<UInt64>]

        mutating func add(_ references: [UInt64]) {
            let all = (runs + references.map { $0...$0 }).sorted { $0.lowerBound < $1.lowerBound }
            runs = []
            for run in all {
                if let last = runs.last, last.upperBound >= run.lowerBound || last.upperBound + 1 == run.lowerBound {
                    runs[runs.count - 1] = last.lowerBound...max(last.upperBound, run.upperBound)
                } else {
                    runs.append(run)
                }
            }
        }

        func contains(_ reference: UInt64) -> Bool {
            var low = 0
            var high = runs.count
            while low < high {
                let middle = (low + high) / 2
                if runs[middle].upperBound < reference { low = middle + 1 } else { high = middle }
            }
            return low < runs.count && runs[low].lowerBound <= reference
        }
    }

    /// By segment, ascending.
    private var groups: [Group] = []
    /// The number of the segment being written.
    var currentSegment: () -> Int = { -1 }

    func note(_ references: [UInt64]) {
        guard !references.isEmpty else { return }
        let segment = currentSegment()
        if groups.last?.segment != segment { groups.append(Group(segment: segment, runs: [])) }
        groups[groups.count - 1].add(references)
    }

    func isMentioned(_ reference: UInt64, behind segment: Int) -> Bool {
        groups.contains { $0.segment > segment && $0.contains(reference) }
    }

    /// The segments up to this one are gone.
    func forget(through segment: Int) { groups.removeAll { $0.segment <= segment } }
}
