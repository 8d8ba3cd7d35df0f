/// References of series that have left the head, as long as segments of the log may mention them.
///
/// A checkpoint must go on naming them until the last such segment is gone, or samples that are still in the log would belong to nobody.
final class Departures {
    /// The segment that was being written when the series left.
    private var segments: [UInt64: Int] = [:]
    /// The number of the segment being written.
    var currentSegment: () -> Int = { -1 }

    func note(_ references: [UInt64]) {
        guard !references.isEmpty else { return }
        let segment = currentSegment()
        for reference in references { segments[reference] = segment }
    }

    func isMentioned(_ reference: UInt64, behind segment: Int) -> Bool { segments[reference].map { $0 > segment } ?? false }

    /// The segments up to this one are gone.
    func forget(through segment: Int) { segments = segments.filter { $0.value > segment } }
}
