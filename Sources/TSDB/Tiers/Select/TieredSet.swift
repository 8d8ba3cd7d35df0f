import Chunks
import Model

/// Selected series of raw sources and of tiers, joined where their labels are the same.
final class TieredSet: TieredSeriesSet, @unchecked Sendable {
    // Immutable after the initialiser.
    private let sources: TierSources
    private let plans: TierPlans
    private let names: [Labels]
    /// The parts of series `i` are `parts[starts[i]..<starts[i + 1]]`: raw ones in the order in which their samples count, then those of tiers.
    private let starts: [Int]
    private let parts: [Part]
    /// By series, if they have not all the same.
    private let planPlaces: [Int]

    private struct Part {
        let source: UInt32
        let index: UInt32
    }

    init(_ sources: TierSources, _ plans: TierPlans) {
        self.sources = sources
        self.plans = plans
        var merge = SetMerge(sources.sets)
        var names: [Labels] = []
        var starts: [Int] = []
        var parts: [Part] = []
        while let labels = merge.least {
            names.append(labels)
            starts.append(parts.count)
            merge.take(labels) { parts.append(Part(source: UInt32($0), index: UInt32($1))) }
        }
        self.names = names
        self.starts = starts + [parts.count]
        self.parts = parts
        planPlaces = plans.count > 1 ? names.map(plans.place) : []
    }

    var count: Int { names.count }
    func labels(_ index: Int) -> Labels { names[index] }
    func spans(_ index: Int) -> TierSpans { plan(index).spans }
    func plan(_ index: Int) -> TierPlans.Plan { plans[planPlaces.isEmpty ? 0 : planPlaces[index]] }

    private func parts(_ index: Int) -> ArraySlice<Part> { parts[starts[index]..<starts[index + 1]] }

    // MARK: Floats

    /// Room is made for so many windows at once: those of an hour of three years.
    private static let mostExpected: Int64 = 26_280

    /// Makes room for about all windows of some segments: growing later means copying.
    private static func reserve(_ segments: some Sequence<TierSegment>, _ range: TimeRange, in column: AggregateColumn) {
        var windows: Int64 = 0
        for segment in segments {
            guard let tier = segment.tier else { continue }
            let part = segment.range.clamped(to: range)
            windows = min(windows + (part.through &- part.from) / tier.resolution, mostExpected)
        }
        column.reserve(Int(windows) + 2 * AggregateChunk.windowsPerChunk)
    }

    func readWindows(
        _ index: Int, from: Timestamp, through: Timestamp, _ parts: AggregateParts, into column: AggregateColumn, tail: SampleColumn
    ) throws {
        let range = TimeRange(from: from, through: through)
        let segments = plan(index).segments.filter { $0.range.overlaps(range) }
        let lastTier = segments.lastIndex { $0.tier != nil } ?? -1
        let samples = SampleColumn(capacity: 1)
        Self.reserve(segments, range, in: column)
        for (place, segment) in segments.enumerated() {
            let part = segment.range.clamped(to: range)
            if place > lastTier {
                try readRaw(index, nil, part, into: tail)
                continue
            }
            let start = column.count
            if let tier = segment.tier { try readFolded(index, tier, part, parts, into: column) }
            samples.removeAll()
            try readRaw(index, segment.tier, part, into: samples)
            column.insert(samples, into: start)
        }
    }

    private func readFolded(_ index: Int, _ tier: Tier, _ range: TimeRange, _ parts: AggregateParts, into column: AggregateColumn) throws {
        let start = column.count
        try forEachFoldedPart(index, tier) { set, index in
            let before = column.count
            try set.readWindows(index, from: range.from, through: range.through, parts, into: column)
            column.mergeTail(from: before, into: start)
        }
    }

    /// Appends the samples of a range, in order of time: with nil all, otherwise those that are not in the windows of a tier.
    func readRaw(_ index: Int, _ tier: Tier?, _ range: TimeRange, into column: SampleColumn) throws {
        let start = column.count
        try forEachRawPart(index) { raw, index in
            for part in raw.ranges(beside: tier, range) {
                let before = column.count
                try raw.set.read(index, from: part.from, through: part.through, into: column)
                column.mergeTail(from: before, into: start)
            }
        }
    }

    // MARK: Histograms

    func readHistogramWindows(_ index: Int, from: Timestamp, through: Timestamp, into windows: inout [HistogramAggregate]) throws {
        let range = TimeRange(from: from, through: through)
        for segment in plan(index).segments where segment.range.overlaps(range) {
            let part = segment.range.clamped(to: range)
            let start = windows.count
            if let tier = segment.tier { try readFoldedHistograms(index, tier, part, into: &windows) }
            let samples = HistogramColumn()
            try readRawHistograms(index, segment.tier, part, into: samples)
            windows.insert(samples, into: start)
        }
    }

    func readRawHistograms(_ index: Int, _ tier: Tier?, _ range: TimeRange, into column: HistogramColumn) throws {
        let start = column.count
        try forEachRawPart(index) { raw, index in
            for part in raw.ranges(beside: tier, range) {
                let before = column.count
                try raw.set.readHistograms(index, from: part.from, through: part.through, into: column)
                column.mergeTail(from: before, into: start)
            }
        }
    }

    private func readFoldedHistograms(_ index: Int, _ tier: Tier, _ range: TimeRange, into windows: inout [HistogramAggregate]) throws {
        let start = windows.count
        try forEachFoldedPart(index, tier) { set, index in
            let before = windows.count
            try set.readHistogramWindows(index, from: range.from, through: range.through, into: &windows)
            windows.mergeTail(from: before, into: start)
        }
    }

    // MARK: Parts

    func forEachRawPart(_ index: Int, _ body: (TierSources.Raw, Int) throws -> Void) throws {
        for part in parts(index) where part.source < sources.raw.count { try body(sources.raw[Int(part.source)], Int(part.index)) }
    }

    private func forEachFoldedPart(_ index: Int, _ tier: Tier, _ body: (BlockSeriesSet, Int) throws -> Void) throws {
        for part in parts(index) where part.source >= sources.raw.count {
            let folded = sources.folded[Int(part.source) - sources.raw.count]
            if folded.tier == tier { try body(folded.set, Int(part.index)) }
        }
    }
}
