import Model

extension ByteSink {
    /// Writes what `WindowFrame` reads; `resets` is its flag.
    mutating func put(frame column: AggregateColumn, _ part: Range<Int>, resolution: Int64, resets: Bool = false) {
        FrameEncoder(column, part, resolution).put(resets: resets, &self)
    }
}

private struct FrameEncoder {
    private let column: AggregateColumn
    private let part: Range<Int>
    private let resolution: Int64

    init(_ column: AggregateColumn, _ part: Range<Int>, _ resolution: Int64) {
        (self.column, self.part, self.resolution) = (column, part, resolution)
        var before = Timestamp.min + resolution
        for i in part {
            precondition(column.ends[i] > before && column.ends[i] % resolution == 0, "BUG: a window that ends at \(column.ends[i])")
            before = column.ends[i]
            precondition(column.counts[i] >= 0 && isWithin(i), "BUG: samples outside of their window that ends at \(column.ends[i])")
        }
    }

    private func isWithin(_ i: Int) -> Bool {
        let begin = column.ends[i] - resolution
        let stale = column.staleTimes[i]
        return (stale == AggregateColumn.notStale || (stale > begin && stale <= column.ends[i]))
            && (column.counts[i] == 0
                || (column.firstTimes[i] > begin && column.firstTimes[i] <= column.lastTimes[i] && column.lastTimes[i] <= column.ends[i]))
    }

    func put(resets: Bool, _ sink: inout ByteSink) {
        var flags: WindowFrame.Flags = resets ? .resets : []
        let (offsets, isConstant) = offsets()
        var times = offsets
        if !isConstant, let chain = chain(), chain.bytes.count < offsets.bytes.count {
            times = chain
            flags.insert(.chained)
        }
        if part.contains(where: { column.staleTimes[$0] != AggregateColumn.notStale }) { flags.insert(.stale) }
        if part.contains(where: { column.merged[$0] }) { flags.insert(.merged) }
        sink.put(UInt8(part.count >> 8))
        sink.put(UInt8(part.count & 0xff))
        sink.put(flags.rawValue)
        sink.put(unsigned: UInt64(resolution))
        putEnds(&sink)
        sink.put(column: UnsafeBufferPointer(start: column.counts + part.lowerBound, count: part.count))
        sink.put(times.bytes)
        if flags.contains(.stale) { sink.putSized(putStale) }
        if flags.contains(.merged) { putMerged(&sink) }
    }

    private func putEnds(_ sink: inout ByteSink) {
        var before = column.ends[part.lowerBound] / resolution - 1
        sink.put(signed: before)
        sink.put(column: part.count) { i in
            let number = column.ends[part.lowerBound + i] / resolution
            defer { before = number }
            return number - before - 1
        }
    }

    private func offsets() -> (ByteSink, isConstant: Bool) {
        var sink = ByteSink()
        let behind = put(offsets: { column.ends[$0] - column.lastTimes[$0] }, &sink)
        let ahead = put(offsets: { column.firstTimes[$0] - (column.ends[$0] - resolution) - 1 }, &sink)
        return (sink, behind && ahead)
    }

    /// Whether all are the same. A window without samples has the offset of the one before.
    @inline(__always)
    private func put(offsets offset: (Int) -> Int64, _ sink: inout ByteSink) -> Bool {
        var last: Int64 = 0
        var isConstant = true
        sink.put(column: part.count) { place in
            let (i, before) = (part.lowerBound + place, last)
            if column.counts[i] > 0 { last = offset(i) }
            isConstant = isConstant && (place == 0 || last == before)
            return last
        }
        return isConstant
    }

    private func chain() -> ByteSink? {
        guard let step = usualStep() else { return nil }
        var sink = ByteSink()
        sink.put(unsigned: UInt64(step))
        var before = column.ends[part.lowerBound] - resolution
        sink.put(column: part.count) { place in
            let i = part.lowerBound + place
            if column.counts[i] == 0 { return 0 }
            defer { before = column.lastTimes[i] }
            return column.firstTimes[i] - before
        }
        sink.put(column: part.count) { place in
            let i = part.lowerBound + place
            if column.counts[i] == 0 { return 0 }
            return column.lastTimes[i] - column.firstTimes[i] &- WindowFrame.regularSpan(column.counts[i], step)
        }
        return sink
    }

    /// The median of the mean distances of samples; nil if no window has two.
    private func usualStep() -> Int64? {
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: part.count) { memory in
            var count = 0
            for i in part where column.counts[i] > 1 {
                memory.initializeElement(at: count, to: (column.lastTimes[i] - column.firstTimes[i]) / (column.counts[i] - 1))
                count += 1
            }
            if count == 0 { return nil }
            var steps = UnsafeMutableBufferPointer(rebasing: memory[..<count])
            steps.sort()
            return steps[count / 2]
        }
    }

    private func putStale(_ sink: inout ByteSink) {
        var next = part.lowerBound
        for i in part where column.staleTimes[i] != AggregateColumn.notStale {
            sink.put(unsigned: UInt64(i - next))
            sink.put(unsigned: UInt64(column.ends[i] - column.staleTimes[i]))
            next = i + 1
        }
    }

    private func putMerged(_ sink: inout ByteSink) {
        for start in stride(from: part.lowerBound, to: part.upperBound, by: 8) {
            let bits = (start..<min(start + 8, part.upperBound)).reduce(UInt8(0)) { $0 | (column.merged[$1] ? 1 << UInt8($1 - start) : 0) }
            sink.put(bits)
        }
    }
}
