import Model

/// The steps of a query, some at a time, and which samples their windows need.
struct WindowSlices {
    /// Some steps, whose windows all lie in `(start, end]`.
    struct Slice {
        let steps: Range<Int>
        let start: Timestamp
        let end: Timestamp
    }

    /// Samples at once: what stays in a core's cache, values and times together.
    private static let samples = 8192
    /// How much longer than a window a slice is at least: what windows of two slices share is worked on twice.
    private static let windows: Int64 = 4
    private static let hour: Int64 = 3_600_000

    private let references: ReferenceTimes
    /// Of a window, milliseconds.
    private let length: Int64
    /// Of a slice, milliseconds.
    private var span: Int64
    private var begin = 0

    /// Longer than any data, and far from where calculating with it would overflow.
    private static let longest: Int64 = 1 << 45

    /// Nil for windows that stay where they are, or reach back for centuries.
    init?(_ references: ReferenceTimes, length: Int64) {
        guard references.stride > 0, length < Self.longest / Self.windows else { return nil }
        self.references = references
        self.length = length
        span = max(Self.windows * length, 6 * Self.hour)
    }

    /// Those of the steps from one on.
    func beginning(at step: Int) -> WindowSlices {
        var rest = self
        rest.begin = step
        return rest
    }

    /// Whether there is more than a slice.
    var isLong: Bool { references.last - references[begin] + length > span + span / 2 }

    mutating func next() -> Slice? {
        guard begin < references.count else { return nil }
        let more = max(0, span - length) / references.stride
        let last = min(references.count - 1, begin + Int(clamping: more))
        defer { begin = last + 1 }
        return Slice(steps: begin..<last + 1, start: references[begin] - length, end: references[last])
    }

    /// Makes the slices to come longer or shorter, going by how many samples the last one had.
    mutating func adapt(to count: Int) {
        let wanted = span / Int64(max(count, 1)) * Int64(Self.samples)
        span = max(Self.windows * length, Self.hour, min(wanted, span * 4, Self.longest))
    }
}

extension SampleColumn {
    /// Removes the samples at the beginning that are not later than `time`.
    func removeFirst(through time: Timestamp) {
        var gone = 0
        while gone < count, times[gone] <= time { gone &+= 1 }
        guard gone > 0 else { return }
        count &-= gone
        times.update(from: times + gone, count: count)
        values.update(from: values + gone, count: count)
    }
}
