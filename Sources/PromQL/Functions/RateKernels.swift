import Model

/// `rate`, `increase` and `delta`: the difference over the window, extrapolated to its edges.
struct ExtrapolatedKernel: WindowKernel {
    /// Whether falling values are counter resets.
    let isCounter: Bool
    /// Whether to divide by the window's length.
    let isRate: Bool
    private var resets = ResetList()

    init(isCounter: Bool, isRate: Bool) {
        self.isCounter = isCounter
        self.isRate = isRate
    }

    mutating func begin(_ column: SampleColumn) {
        if isCounter { resets.find(column) }
    }

    @inline(__always)
    mutating func value(_ window: Window) -> Double? {
        guard window.count >= 2 else { return nil }
        let last = window.high &- 1
        let first = window.values[window.low]
        var difference = window.values[last] - first
        if isCounter { resets.addLost(window, to: &difference) }
        let extent = Extrapolation(window, isCounter: isCounter, first: first, difference: difference)
        return difference * (isRate ? extent.factor / extent.seconds : extent.factor)
    }
}

/// How much more than between a window's first and last sample goes on in the whole of it.
///
/// The window rarely begins and ends exactly at samples: the trend is taken to go on to the edges where samples come close enough to them (1.1
/// average distances), by half an average distance otherwise, and a counter never further back than to zero.
struct Extrapolation {
    let factor: Double
    /// The window's length.
    let seconds: Double

    @inline(__always)
    init(_ window: Window, isCounter: Bool, first: Double, difference: Double) {
        self.init(
            window.times[window.low], window.times[window.high &- 1], count: window.count, start: window.start, end: window.end, isCounter: isCounter,
            first: first, difference: difference)
    }

    /// - Parameters:
    ///   - firstTime: of the first of `count` samples in `(start, end]`.
    @inline(__always)
    init(
        _ firstTime: Timestamp, _ lastTime: Timestamp, count: Int, start: Timestamp, end: Timestamp, isCounter: Bool, first: Double,
        difference: Double
    ) {
        var toStart = Double(firstTime &- start) / 1000
        var toEnd = Double(end &- lastTime) / 1000
        let sampled = Double(lastTime &- firstTime) / 1000
        let distance = sampled / Double(count &- 1)
        let threshold = distance * 1.1
        if toStart >= threshold { toStart = distance / 2 }
        if isCounter, difference > 0, first >= 0 {
            let toZero = sampled * (first / difference)
            if toZero < toStart { toStart = toZero }
        }
        if toEnd >= threshold { toEnd = distance / 2 }
        factor = (sampled + toStart + toEnd) / sampled
        seconds = Double(end &- start) / 1000
    }
}

/// Where in a column the value falls. A window adds up what was lost at the resets within it, in order:
/// a running total over the whole column would be spoilt by a single infinity.
struct ResetList {
    private var positions: [Int] = []
    /// The first reset that no window has left behind.
    private var next = 0

    mutating func find(_ column: SampleColumn) {
        positions.removeAll(keepingCapacity: true)
        next = 0
        let values = column.values
        var previous = values[0]
        for i in 1..<max(column.count, 1) {
            let value = values[i]
            if value < previous { positions.append(i) }
            previous = value
        }
    }

    /// A reset belongs to a window if the samples on both of its sides do.
    @inline(__always)
    mutating func addLost(_ window: Window, to sum: inout Double) {
        guard next < positions.count else { return }
        while next < positions.count, positions[next] <= window.low { next &+= 1 }
        var at = next
        while at < positions.count, positions[at] < window.high {
            sum += window.values[positions[at] &- 1]
            at &+= 1
        }
    }

    /// How many resets are in the window.
    mutating func count(_ window: Window) -> Int {
        while next < positions.count, positions[next] <= window.low { next &+= 1 }
        var at = next
        while at < positions.count, positions[at] < window.high { at &+= 1 }
        return at - next
    }
}

/// `irate` and `idelta`: the difference of the last two samples.
struct LastTwoKernel: WindowKernel {
    /// `irate`: a counter, per second.
    let isRate: Bool

    mutating func value(_ window: Window) -> Double? {
        guard window.count >= 2 else { return nil }
        let last = window.high - 1
        let elapsed = window.times[last] - window.times[last - 1]
        guard elapsed != 0 else { return nil }
        let newer = window.values[last]
        let older = window.values[last - 1]
        if !isRate { return newer - older }
        return (newer < older ? newer : newer - older) / (Double(elapsed) / 1000)
    }
}

/// `resets`
struct ResetsKernel: WindowKernel {
    private var resets = ResetList()

    mutating func begin(_ column: SampleColumn) { resets.find(column) }
    mutating func value(_ window: Window) -> Double? { Double(resets.count(window)) }
}

/// `changes`
struct ChangesKernel: WindowKernel {
    mutating func value(_ window: Window) -> Double? {
        var changes = 0
        var previous = window.values[window.low]
        for i in window.low + 1..<max(window.high, window.low + 1) {
            let value = window.values[i]
            if value != previous, !(value.isNaN && previous.isNaN) { changes += 1 }
            previous = value
        }
        return Double(changes)
    }
}
