import Model

/// What a fold keeps for one group at one step. Plain data, so that groups × steps of it lie in one block of memory.
protocol Accumulator: BitwiseCopyable {
    init()
    mutating func add(_ value: Double)
    var result: Double { get }
}

struct SumAccumulator: Accumulator {
    private var sum = CompensatedSum()

    @inline(__always)
    mutating func add(_ value: Double) { sum.add(value) }
    var result: Double { sum.value }
}

struct MeanAccumulator: Accumulator {
    private var mean = CompensatedMean()

    @inline(__always)
    mutating func add(_ value: Double) { mean.add(value) }
    var result: Double { mean.value }
}

struct CountAccumulator: Accumulator {
    private var count = 0

    @inline(__always)
    mutating func add(_ value: Double) { count &+= 1 }
    var result: Double { Double(count) }
}

struct GroupAccumulator: Accumulator {
    @inline(__always)
    mutating func add(_ value: Double) {}
    var result: Double { 1 }
}

/// NaN gives way to any number.
struct MinAccumulator: Accumulator {
    private var least = Double.nan

    @inline(__always)
    mutating func add(_ value: Double) { if value < least || least.isNaN { least = value } }
    var result: Double { least }
}

struct MaxAccumulator: Accumulator {
    private var greatest = Double.nan

    @inline(__always)
    mutating func add(_ value: Double) { if value > greatest || greatest.isNaN { greatest = value } }
    var result: Double { greatest }
}

/// Welford's method.
struct VarianceAccumulator: Accumulator {
    private var count = 0.0
    private var mean = 0.0
    private var squares = 0.0

    @inline(__always)
    mutating func add(_ value: Double) {
        count += 1
        let delta = value - mean
        mean += delta / count
        squares += delta * (value - mean)
    }
    var result: Double { squares / count }
}

struct DeviationAccumulator: Accumulator {
    private var variance = VarianceAccumulator()

    @inline(__always)
    mutating func add(_ value: Double) { variance.add(value) }
    var result: Double { variance.result.squareRoot() }
}
