import Model

extension AggregateColumn {
    /// Appends the windows of samples in ascending order of time, at the resolution given. The newest window that is there must end before the first
    /// of them.
    ///
    /// One pass, a few nanoseconds a sample: the sum's rounding errors are found without a comparison (the exact error of an addition is the same
    /// however it is found, so the sum is that of `CompensatedSum`), and a fall of the value, which is common in gauges, is not branched on.
    func fold(_ times: UnsafePointer<Timestamp>, _ values: UnsafePointer<Double>, count samples: Int, resolution: Int64) {
        var at = 0
        var end = Timestamp.min
        while at < samples {
            let time = times[at]
            let next = end &+ resolution
            end = end != .min && time <= next ? next : windowEnd(time, resolution)
            at = foldWindow(times, values, from: at, samples, end: end)
        }
    }

    /// Appends the window of the samples from `first` on that ends at `end`. Returns the place of the first sample behind it.
    @inline(__always)
    private func foldWindow(
        _ times: UnsafePointer<Timestamp>, _ values: UnsafePointer<Double>, from first: Int, _ samples: Int, end: Timestamp
    ) -> Int {
        var at = first
        while at < samples, times[at] <= end, StaleMarker.isStale(values[at]) { at &+= 1 }
        let start = at
        guard at < samples, times[at] <= end else {
            append(Aggregate(end: end, staleTime: times[first]))
            return at
        }
        var sums = RunningSums(values[at])
        var last = at
        var stale = 0
        at &+= 1
        while at < samples, times[at] <= end {
            let value = values[at]
            if StaleMarker.isStale(value) {
                stale &+= 1
            } else {
                sums.add(value)
                last = at
            }
            at &+= 1
        }
        // Markers behind the last sample are the last ones.
        reserve(1)
        let place = count
        ends[place] = end
        counts[place] = Int64(truncatingIfNeeded: at &- start &- stale)
        (firstTimes[place], firsts[place]) = (times[start], values[start])
        (lastTimes[place], lasts[place]) = (times[last], values[last])
        staleTimes[place] = last &+ 1 < at ? times[last &+ 1] : Self.notStale
        merged[place] = false
        sums.store(in: self, at: place)
        count = place &+ 1
        return at
    }
}

/// What is summed up of the samples of a window.
private struct RunningSums {
    private var sum: Double
    private var error = 0.0
    private var minimum = Double.infinity
    private var maximum = -Double.infinity
    private var previous: Double
    private var lost = 0.0
    private var resets: Int64 = 0

    @inline(__always)
    init(_ first: Double) {
        sum = first
        previous = first
        // A comparison with NaN is false: what is compared first stays.
        minimum = first < minimum ? first : minimum
        maximum = first > maximum ? first : maximum
    }

    @inline(__always)
    mutating func add(_ value: Double) {
        let next = sum + value
        let part = next - sum
        error += (sum - (next - part)) + (value - part)
        sum = next
        minimum = value < minimum ? value : minimum
        maximum = value > maximum ? value : maximum
        let fell = value < previous
        lost += fell ? previous : 0
        resets &+= fell ? 1 : 0
        previous = value
    }

    @inline(__always)
    func store(in column: AggregateColumn, at place: Int) {
        // An infinite sum stands without the error, which is no number then.
        column.sums[place] = sum.isInfinite ? sum : sum + error
        let isNumber = minimum <= maximum
        column.minima[place] = isNumber ? minimum : .nan
        column.maxima[place] = isNumber ? maximum : .nan
        column.lost[place] = lost
        column.resets[place] = resets
    }
}
