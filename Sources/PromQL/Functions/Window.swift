import Model

/// The samples of one window `(start, end]` of a column: positions `low..<high`. Stale markers are gone.
struct Window {
    let times: UnsafeMutablePointer<Timestamp>
    let values: UnsafeMutablePointer<Double>
    var low = 0
    var high = 0
    var start: Timestamp = 0
    var end: Timestamp = 0
    /// The evaluation time, which `offset` and `@` move away from `end`.
    var evaluation: Timestamp = 0
    var step = 0

    @inline(__always) var count: Int { high &- low }
}

/// Computes one value from each window of a column as the window moves forward. A kernel keeps what it can reuse from window to window.
protocol WindowKernel {
    /// What computes the same where tiers answer.
    associatedtype OverWindows: TierWindowKernel
    /// Called once per series, before its first window, with the whole column.
    mutating func begin(_ column: SampleColumn)
    /// Nil where the result has no sample. Called only for windows with samples.
    mutating func value(_ window: Window) -> Double?
    func overWindows() -> OverWindows
}

extension WindowKernel {
    mutating func begin(_ column: SampleColumn) {}
}

/// Where the windows of a range function lie.
struct WindowFrame {
    let references: ReferenceTimes
    /// Length in milliseconds.
    let range: Int64
    let grid: StepGrid
    /// How values at the edges are supplied, nil for plain windows.
    var boundaries: BoundaryMode?
    /// How far outside the window an edge value may come from, milliseconds.
    var lookback: Int64 = 0
    /// Ends a sweep early: its row is of no use then.
    var stop: StopSignal?
}

/// Looks at a stop signal now and then in the course of a sweep, which over long windows takes far too long to be let to its end.
struct StopLooks {
    /// Samples of windows between two looks: some ten milliseconds' work.
    private static let pace = 1_000_000
    private let stop: StopSignal?
    private var left = Self.pace

    init(_ stop: StopSignal?) { self.stop = stop }

    /// - Parameter samples: how many are gone through next.
    @inline(__always)
    mutating func isToStop(before samples: Int) -> Bool {
        left &-= samples
        return left < 0 && look()
    }

    @inline(never)
    private mutating func look() -> Bool {
        left = Self.pace
        return stop?.isSetOff ?? false
    }
}

extension WindowFrame {
    /// Calls `body` with each window of a column that has samples in it.
    func forEachWindow(of column: SampleColumn, _ body: (Window) throws -> Void) rethrows {
        var looks = StopLooks(stop)
        var window = Window(times: column.times, values: column.values)
        for step in 0..<references.count {
            window.end = references[step]
            window.start = window.end - range
            while window.high < column.count, column.times[window.high] <= window.end { window.high += 1 }
            while window.low < window.high, column.times[window.low] <= window.start { window.low += 1 }
            guard window.low < window.high else { continue }
            if looks.isToStop(before: window.count) { return }
            window.step = step
            try body(window)
        }
    }
}

extension WindowKernel {
    /// Computes all steps of one series.
    mutating func sweep(_ column: SampleColumn, _ frame: WindowFrame, into row: Row) {
        row.clear()
        sweep(column, frame, 0..<row.steps, into: row)
    }

    /// Computes some steps of one series, of which the row has nothing yet, in a single pass over a column that has all samples of their windows.
    /// Specialised per kernel: no call per sample.
    @inline(__always)
    mutating func sweep(_ column: SampleColumn, _ frame: WindowFrame, _ steps: Range<Int>, into row: Row) {
        guard column.count > 0 else { return }
        begin(column)
        var looks = StopLooks(frame.stop)
        var window = Window(times: column.times, values: column.values)
        let count = column.count
        for step in steps {
            window.end = frame.references[step]
            window.start = window.end &- frame.range
            while window.high < count, window.times[window.high] <= window.end { window.high &+= 1 }
            while window.low < window.high, window.times[window.low] <= window.start { window.low &+= 1 }
            guard window.low < window.high else { continue }
            if looks.isToStop(before: window.count) { return }
            window.step = step
            window.evaluation = frame.grid.time(step)
            if let value = value(window) { row.set(step, value) }
        }
    }
}

extension SampleColumn {
    /// Removes stale markers, which range functions do not see.
    func removeStaleMarkers() {
        let values = self.values
        var index = 0
        while index < count, !StaleMarker.isStale(values[index]) { index &+= 1 }
        guard index < count else { return }
        var kept = index
        while index < count {
            if !StaleMarker.isStale(values[index]) {
                values[kept] = values[index]
                times[kept] = times[index]
                kept &+= 1
            }
            index &+= 1
        }
        count = kept
    }
}
