import Model

extension TieredSet {
    // MARK: In the place of samples

    func read(_ index: Int, from: Timestamp, through: Timestamp, into column: SampleColumn) throws {
        let range = TimeRange(from: from, through: through)
        if plan(index).isRaw(range) { return try readRaw(index, nil, range, into: column) }
        let windows = AggregateColumn()
        let tail = SampleColumn()
        try readWindows(index, from: from, through: through, [], into: windows, tail: tail)
        let start = column.count
        column.appendLast(of: windows, range, into: start)
        let behind = column.count
        for place in 0..<tail.count { column.append(tail.times[place], tail.values[place]) }
        column.mergeTail(from: behind, into: start)
    }

    func readHistograms(_ index: Int, from: Timestamp, through: Timestamp, into column: HistogramColumn) throws {
        let range = TimeRange(from: from, through: through)
        if plan(index).isRaw(range) { return try readRawHistograms(index, nil, range, into: column) }
        var windows: [HistogramAggregate] = []
        try readHistogramWindows(index, from: from, through: through, into: &windows)
        column.appendLast(of: windows, range, into: column.count)
    }

    func readStartTimes(_ index: Int, from: Timestamp, through: Timestamp, into known: inout [Timestamp: Timestamp]) throws {
        try forEachRawPart(index) { raw, index in try raw.set.readStartTimes(index, from: from, through: through, into: &known) }
    }
}

extension SampleColumn {
    /// Appends the last sample of each window and the marker that closes it, those in a range, in order with what there is from `start` on.
    func appendLast(of windows: AggregateColumn, _ range: TimeRange, into start: Int) {
        for place in 0..<windows.count {
            if windows.counts[place] > 0 { put(windows.lastTimes[place], windows.lasts[place], range, start) }
            if windows.staleTimes[place] != AggregateColumn.notStale { put(windows.staleTimes[place], StaleMarker.value, range, start) }
        }
    }

    private func put(_ time: Timestamp, _ value: Double, _ range: TimeRange, _ start: Int) {
        guard range.contains(time) else { return }
        append(time, value)
        mergeTail(from: count - 1, into: start)
    }
}

extension HistogramColumn {
    /// The same for histograms. Of none is known whether counters were reset before it.
    func appendLast(of windows: [HistogramAggregate], _ range: TimeRange, into start: Int) {
        for window in windows {
            if window.count > 0 { put(window.lastTime, window.count > 1 ? window.last.withoutReset : window.last, range, start) }
            if let time = window.staleTime { put(time, .fractional(.staleMarker), range, start) }
        }
    }

    private func put(_ time: Timestamp, _ histogram: NativeHistogram, _ range: TimeRange, _ start: Int) {
        guard range.contains(time) else { return }
        append(time, histogram)
        mergeTail(from: count - 1, into: start)
    }
}
