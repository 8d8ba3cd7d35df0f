import Model
import TestKit

/// Series as they come in practice, and worse.
enum RandomSeries {
    enum Shape: CaseIterable {
        case counter, gauge, constant, sparse, bursty, mixed
    }

    /// In (start, end], at distances of 15 s, on the grid or beside it.
    static func samples(_ random: inout SeededRandom, _ shape: Shape, start: Timestamp, end: Timestamp) -> [Sample] {
        let jitters = random.below(2) == 0
        var samples: [Sample] = []
        var value = 0.0
        var time = start + 15_000
        while time <= end {
            let place = jitters ? min(end, time + Timestamp(random.below(5000))) : time
            if isThere(&random, shape, time) {
                value = next(&random, shape, value)
                samples.append(Sample(time: place, value: value))
            }
            time += 15_000
        }
        return samples
    }

    private static func isThere(_ random: inout SeededRandom, _ shape: Shape, _ time: Timestamp) -> Bool {
        switch shape {
        case .sparse: random.below(30) == 0
        case .bursty: time / 1_200_000 % 3 == 0
        default: random.below(50) > 0
        }
    }

    private static func next(_ random: inout SeededRandom, _ shape: Shape, _ before: Double) -> Double {
        switch shape {
        case .counter, .bursty: return random.below(20) == 0 ? Double(random.below(10)) : before + Double(random.below(1000)) / 8
        case .constant: return 42
        case .gauge, .sparse: return Double(random.below(2000) - 1000) / 7
        case .mixed:
            switch random.below(12) {
            case 0: return .nan
            case 1: return .infinity
            case 2: return -.infinity
            case 3, 4: return StaleMarker.value
            case 5: return -0.0
            case 6: return Double(random.below(1000)) * 1e300
            default: return Double(random.below(1000))
            }
        }
    }

    static func column(_ samples: [Sample]) -> SampleColumn {
        let column = SampleColumn(capacity: 1)
        for sample in samples { column.append(sample.time, sample.value) }
        return column
    }
}

/// What a window should be, found out the slow way.
func referenceWindows(_ samples: [Sample], _ resolution: Int64) -> [Aggregate] {
    let byEnd = Dictionary(grouping: samples) { sample in
        let quotient = sample.time.quotientAndRemainder(dividingBy: resolution)
        return (quotient.remainder > 0 ? quotient.quotient + 1 : quotient.quotient) * resolution
    }
    return byEnd.sorted { $0.key < $1.key }.map { end, samples in referenceWindow(samples.sorted { $0.time < $1.time }, end) }
}

private func referenceWindow(_ all: [Sample], _ end: Timestamp) -> Aggregate {
    let samples = all.filter { !StaleMarker.isStale($0.value) }
    guard let first = samples.first, let last = samples.last else { return Aggregate(end: end, staleTime: all[0].time) }
    var window = Aggregate(first)
    window.end = end
    window.count = Int64(samples.count)
    (window.lastTime, window.last) = (last.time, last.value)
    var sum = CompensatedSum()
    for sample in samples { sum.add(sample.value) }
    window.sum = sum.value
    let numbers = samples.map(\.value).filter { !$0.isNaN }
    window.minimum = numbers.min() ?? .nan
    window.maximum = numbers.max() ?? .nan
    for (before, after) in zip(samples, samples.dropFirst()) where after.value < before.value {
        window.lost += before.value
        window.resets += 1
    }
    window.staleTime = all.first { $0.time > last.time }?.time
    return window
}

extension Aggregate {
    /// Whether both are the same; sums may differ as rounding has it.
    func agrees(with other: Aggregate, tolerance: Double = 1e-12) -> Bool {
        guard end == other.end, count == other.count, staleTime == other.staleTime, isMerged == other.isMerged else { return false }
        if count == 0 { return true }
        func same(_ a: Double, _ b: Double) -> Bool { a == b || (a.isNaN && b.isNaN) }
        // What cancels out was as large as the values are.
        let size = Double(count) * max(abs(minimum), abs(maximum))
        func near(_ a: Double, _ b: Double) -> Bool { same(a, b) || abs(a - b) <= tolerance * size }
        return firstTime == other.firstTime && lastTime == other.lastTime && same(first, other.first) && same(last, other.last)
            && near(sum, other.sum) && same(minimum, other.minimum) && same(maximum, other.maximum) && near(lost, other.lost)
            && resets == other.resets
    }
}

extension AggregateColumn {
    var all: [Aggregate] { (0..<count).map { self[$0] } }
}
