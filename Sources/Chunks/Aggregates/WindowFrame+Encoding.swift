import Model

extension ByteSink {
    /// Writes what `WindowFrame` reads; `resets` is its flag.
    mutating func put(frame windows: WindowMemory, resolution: Int64, resets: Bool = false) {
        FrameEncoder(windows, resolution).put(resets: resets, &self)
    }
}

private struct FrameEncoder {
    private let windows: WindowMemory
    private let resolution: Int64

    init(_ windows: WindowMemory, _ resolution: Int64) {
        (self.windows, self.resolution) = (windows, resolution)
        var before = Timestamp.min + resolution
        for i in windows.indices {
            precondition(windows.ends[i] > before && windows.ends[i] % resolution == 0, "BUG: a window that ends at \(windows.ends[i])")
            before = windows.ends[i]
            precondition(windows.counts[i] >= 0 && isWithin(i), "BUG: samples outside of their window that ends at \(windows.ends[i])")
        }
    }

    private func isWithin(_ i: Int) -> Bool {
        let begin = windows.ends[i] - resolution
        let stale = windows.staleTimes[i]
        return (stale == AggregateColumn.notStale || (stale > begin && stale <= windows.ends[i]))
            && (windows.counts[i] == 0
                || (windows.firstTimes[i] > begin && windows.firstTimes[i] <= windows.lastTimes[i] && windows.lastTimes[i] <= windows.ends[i]))
    }

    func put(resets: Bool, _ sink: inout ByteSink) {
        var flags: WindowFrame.Flags = resets ? .resets : []
        let (offsets, isConstant) = offsets()
        var times = offsets
        if !isConstant, let chain = chain(), chain.bytes.count < offsets.bytes.count {
            times = chain
            flags.insert(.chained)
        }
        if windows.indices.contains(where: { windows.staleTimes[$0] != AggregateColumn.notStale }) { flags.insert(.stale) }
        if windows.indices.contains(where: { windows.merged[$0] }) { flags.insert(.merged) }
        sink.put(UInt8(windows.count >> 8))
        sink.put(UInt8(windows.count & 0xff))
        sink.put(flags.rawValue)
        sink.put(unsigned: UInt64(resolution))
        putEnds(&sink)
        sink.put(column: UnsafeBufferPointer(start: windows.counts, count: windows.count))
        sink.put(times.bytes)
        if flags.contains(.stale) { sink.putSized(putStale) }
        if flags.contains(.merged) { putMerged(&sink) }
    }

    private func putEnds(_ sink: inout ByteSink) {
        var before = windows.ends[0] / resolution - 1
        sink.put(signed: before)
        sink.put(column: windows.count) { i in
            let number = windows.ends[i] / resolution
            defer { before = number }
            return number - before - 1
        }
    }

    private func offsets() -> (ByteSink, isConstant: Bool) {
        var sink = ByteSink()
        let behind = put(offsets: { windows.ends[$0] - windows.lastTimes[$0] }, &sink)
        let ahead = put(offsets: { windows.firstTimes[$0] - (windows.ends[$0] - resolution) - 1 }, &sink)
        return (sink, behind && ahead)
    }

    /// Whether all are the same. A window without samples has the offset of the one before.
    @inline(__always)
    private func put(offsets offset: (Int) -> Int64, _ sink: inout ByteSink) -> Bool {
        var last: Int64 = 0
        var isConstant = true
        sink.put(column: windows.count) { i in
            let before = last
            if windows.counts[i] > 0 { last = offset(i) }
            isConstant = isConstant && (i == 0 || last == before)
            return last
        }
        return isConstant
    }

    private func chain() -> ByteSink? {
        guard let step = usualStep() else { return nil }
        var sink = ByteSink()
        sink.put(unsigned: UInt64(step))
        var before = windows.ends[0] - resolution
        sink.put(column: windows.count) { i in
            if windows.counts[i] == 0 { return 0 }
            defer { before = windows.lastTimes[i] }
            return windows.firstTimes[i] - before
        }
        sink.put(column: windows.count) { i in
            if windows.counts[i] == 0 { return 0 }
            return windows.lastTimes[i] - windows.firstTimes[i] &- WindowFrame.regularSpan(windows.counts[i], step)
        }
        return sink
    }

    /// The median of the mean distances of samples; nil if no window has two.
    private func usualStep() -> Int64? {
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: windows.count) { memory in
            var count = 0
            for i in windows.indices where windows.counts[i] > 1 {
                memory.initializeElement(at: count, to: (windows.lastTimes[i] - windows.firstTimes[i]) / (windows.counts[i] - 1))
                count += 1
            }
            if count == 0 { return nil }
            var steps = UnsafeMutableBufferPointer(rebasing: memory[..<count])
            steps.sort()
            return steps[count / 2]
        }
    }

    private func putStale(_ sink: inout ByteSink) {
        var next = 0
        for i in windows.indices where windows.staleTimes[i] != AggregateColumn.notStale {
            sink.put(unsigned: UInt64(i - next))
            sink.put(unsigned: UInt64(windows.ends[i] - windows.staleTimes[i]))
            next = i + 1
        }
    }

    private func putMerged(_ sink: inout ByteSink) {
        for start in stride(from: 0, to: windows.count, by: 8) {
            let bits = (start..<min(start + 8, windows.count)).reduce(UInt8(0)) { $0 | (windows.merged[$1] ? 1 << UInt8($1 - start) : 0) }
            sink.put(bits)
        }
    }
}
