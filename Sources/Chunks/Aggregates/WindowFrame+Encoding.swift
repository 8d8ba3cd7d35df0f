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
        sink.put([UInt8(part.count >> 8), UInt8(part.count & 0xff), flags.rawValue])
        sink.put(unsigned: UInt64(resolution))
        putEnds(&sink)
        sink.put(column: part.map { column.counts[$0] })
        sink.put(times.bytes)
        if flags.contains(.stale) { sink.putSized(putStale) }
        if flags.contains(.merged) { putMerged(&sink) }
    }

    private func putEnds(_ sink: inout ByteSink) {
        var before = column.ends[part.lowerBound] / resolution - 1
        sink.put(signed: before)
        sink.put(
            column: part.map { i in
                let number = column.ends[i] / resolution
                defer { before = number }
                return number - before - 1
            })
    }

    /// A window without samples has the offsets of the one before.
    private func offsets() -> (ByteSink, isConstant: Bool) {
        var (behind, ahead): ([Int64], [Int64]) = ([], [])
        behind.reserveCapacity(part.count)
        ahead.reserveCapacity(part.count)
        for i in part {
            let isEmpty = column.counts[i] == 0
            behind.append(isEmpty ? behind.last ?? 0 : column.ends[i] - column.lastTimes[i])
            ahead.append(isEmpty ? ahead.last ?? 0 : column.firstTimes[i] - (column.ends[i] - resolution) - 1)
        }
        var sink = ByteSink()
        sink.put(column: behind)
        sink.put(column: ahead)
        return (sink, behind.allSatisfy { $0 == behind[0] } && ahead.allSatisfy { $0 == ahead[0] })
    }

    private func chain() -> ByteSink? {
        guard let step = usualStep() else { return nil }
        var (pauses, spans): ([Int64], [Int64]) = ([], [])
        pauses.reserveCapacity(part.count)
        spans.reserveCapacity(part.count)
        var before = column.ends[part.lowerBound] - resolution
        for i in part {
            let isEmpty = column.counts[i] == 0
            let (first, last) = isEmpty ? (before, before) : (column.firstTimes[i], column.lastTimes[i])
            pauses.append(first - before)
            spans.append(last - first &- WindowFrame.regularSpan(column.counts[i], step))
            before = last
        }
        var sink = ByteSink()
        sink.put(unsigned: UInt64(step))
        sink.put(column: pauses)
        sink.put(column: spans)
        return sink
    }

    /// The median of the mean distances of samples; nil if no window has two.
    private func usualStep() -> Int64? {
        let steps = part.filter { column.counts[$0] > 1 }.map { (column.lastTimes[$0] - column.firstTimes[$0]) / (column.counts[$0] - 1) }
        return steps.isEmpty ? nil : steps.sorted()[steps.count / 2]
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
