import Model
import TSDB

/// What tiers must answer: each window once, and as if it were computed from the samples that were acknowledged.
extension Ledger {
    /// Of the samples that belong to one window, those that must be in it and those that may.
    fileprivate struct Expected {
        var must: [(time: Timestamp, sample: SentSample)] = []
        var may = 0
    }

    /// What of a window was answered, by the tier and, beside it, by raw samples that came late.
    fileprivate struct Answered {
        var count: Int64 = 0
        var parts = 0
        var firstTime = Timestamp.max
        var lastTime = Timestamp.min
        var window: Aggregate?
    }

    func checkWindows(_ labels: Labels, _ set: any TieredSeriesSet, _ index: Int) throws {
        let spans = set.spans(index)
        var answered: [Timestamp: Answered] = [:]
        let floats = AggregateColumn()
        let tail = SampleColumn()
        try set.readWindows(index, from: .min, through: .max, .all, into: floats, tail: tail)
        var last = Timestamp.min
        for place in 0..<floats.count {
            let window = floats[place]
            guard window.end >= last else { throw Violation(description: "\(labels): the window of \(window.end) follows that of \(last)") }
            last = window.end
            guard let tier = spans.tier(at: window.end) else { continue }
            answered[windowEnd(window.end, tier), default: Answered()].add(window)
        }
        var histograms: [HistogramAggregate] = []
        try set.readHistogramWindows(index, from: .min, through: .max, into: &histograms)
        for window in histograms {
            guard let tier = spans.tier(at: window.end) else { continue }
            answered[windowEnd(window.end, tier), default: Answered()].add(window)
        }
        try compare(labels, answered, expected(labels, spans), spans)
    }

    /// A series of which nothing is answered must have nothing.
    func checkNoSeriesMissing(_ spans: [Labels: TierSpans]) throws {
        guard let usual = spans.values.first else { return }
        for labels in series.keys where spans[labels] == nil { try compare(labels, [:], expected(labels, usual), usual) }
    }

    private func windowEnd(_ time: Timestamp, _ tier: Tier) -> Timestamp {
        let past = time % tier.resolution
        return past == 0 ? time : time - past + tier.resolution
    }

    private func expected(_ labels: Labels, _ spans: TierSpans) -> [Timestamp: Expected] {
        var expected: [Timestamp: Expected] = [:]
        for (time, entry) in series[labels] ?? [:] {
            guard let tier = spans.tier(at: time), entry.sight != .gone, entry.sight != .hidden, !entry.sample.isEnd else { continue }
            let end = windowEnd(time, tier)
            if entry.mayCountTwice { expected[end, default: Expected()].may += 1 }
            if entry.sight == .shown, !entry.mayBeInNoWindow {
                expected[end, default: Expected()].must.append((time, entry.sample))
            } else {
                expected[end, default: Expected()].may += 1
            }
        }
        return expected
    }

    /// What is known of the samples of the hour around.
    private func near(_ labels: Labels, _ end: Timestamp) -> String {
        let hour = TimeRange(from: windowEnd(end, .hour) - Tier.hour.resolution + 1, through: windowEnd(end, .hour))
        return (series[labels] ?? [:]).filter { hour.contains($0.key) }.sorted { $0.key < $1.key }.map { time, entry in
            " \(time) \(entry.sight)" + (entry.mayReturn ? " may return" : "") + (entry.isPurged ? " purged" : "")
        }.joined(separator: ",")
    }

    private func compare(
        _ labels: Labels, _ answered: [Timestamp: Answered], _ expected: [Timestamp: Expected], _ spans: TierSpans
    ) throws {
        for end in Set(answered.keys).union(expected.keys).sorted() {
            let found = answered[end] ?? Answered()
            let wanted = expected[end] ?? Expected()
            let least = isTouched(labels, end, spans) ? 0 : wanted.must.count
            guard found.count >= least, found.count <= wanted.must.count + wanted.may else {
                let wanted = "\(least)…\(wanted.must.count + wanted.may):\(near(labels, end))"
                throw Violation(
                    description: "\(labels), window of \(end): \(found.count) samples, \(found.firstTime)…\(found.lastTime), not \(wanted)")
            }
            if wanted.may == 0, found.count == wanted.must.count { try compare(labels, end, found, wanted) }
        }
    }

    /// Whether a deletion may have taken the window, or what the coarser one was made of.
    private func isTouched(_ labels: Labels, _ end: Timestamp, _ spans: TierSpans) -> Bool {
        let whole = TimeRange(from: windowEnd(end, .hour) - Tier.hour.resolution + 1, through: windowEnd(end, .hour))
        return deletions.contains { $0.matches(labels) && $0.range.overlaps(whole) }
    }

    private func compare(_ labels: Labels, _ end: Timestamp, _ found: Answered, _ wanted: Expected) throws {
        guard let first = wanted.must.map(\.time).min(), let last = wanted.must.map(\.time).max() else { return }
        guard found.firstTime == first, found.lastTime == last else {
            throw Violation(description: "\(labels), window of \(end): from \(found.firstTime) to \(found.lastTime), not \(first) to \(last)")
        }
        guard found.parts == 1, let window = found.window else { return }
        let values = wanted.must.sorted { $0.time < $1.time }.compactMap { $0.sample.number }
        let increase = zip(values, values.dropFirst()).reduce(0) { $0 + ($1.1 < $1.0 ? $1.1 : $1.1 - $1.0) }
        guard window.sum == values.reduce(0, +), window.minimum == values.min(), window.maximum == values.max(), window.first == values.first,
            window.last == values.last, window.isMerged || window.last - window.first + window.lost == increase
        else { throw Violation(description: "\(labels), window of \(end): \(window) is not of \(values)") }
    }
}

extension Ledger.Answered {
    fileprivate mutating func add(_ next: Aggregate) {
        guard next.count > 0 else { return }
        count += next.count
        parts += 1
        (firstTime, lastTime) = (min(firstTime, next.firstTime), max(lastTime, next.lastTime))
        window = next
    }

    fileprivate mutating func add(_ next: HistogramAggregate) {
        guard next.count > 0 else { return }
        count += next.count
        parts += 1
        (firstTime, lastTime) = (min(firstTime, next.firstTime), max(lastTime, next.lastTime))
    }
}

extension SentSample {
    /// Nil: a histogram.
    fileprivate var number: Double? { if case .float(let number) = self { number } else { nil } }

    /// Whether it is a stale marker, which is no sample.
    fileprivate var isEnd: Bool {
        switch self {
        case .float(let number): StaleMarker.isStale(number)
        case .histogram(let histogram): histogram.isStale
        }
    }
}
