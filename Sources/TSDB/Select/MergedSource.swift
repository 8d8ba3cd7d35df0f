public import Model

/// Several sources as one: the head and the blocks.
///
/// Sources are asked in the order in which they are given, the head first: a block is there before the head drops what it holds, so whoever looks
/// at the head first and at the list of blocks after that misses nothing. What both have is answered once.
public struct MergedSource: SeriesSource {
    private let first: any SeriesSource
    private let others: @Sendable () -> [any SeriesSource]

    /// `others` is asked after `first` has answered.
    public init(_ first: any SeriesSource, then others: @escaping @Sendable () -> [any SeriesSource]) {
        self.first = first
        self.others = others
    }

    public func select(_ selection: Selection) throws -> any SeriesSet {
        var sets = [try first.select(selection)]
        for source in others() { sets.append(try source.select(selection)) }
        return MergedSeriesSet.joined(sets)
    }

    public func labelNames(_ selection: Selection) throws -> [String] {
        try joined { try $0.labelNames(selection) }
    }

    public func labelValues(_ name: String, _ selection: Selection) throws -> [String] {
        try joined { try $0.labelValues(name, selection) }
    }

    public func exemplars(_ selectors: [[Matcher]], from: Timestamp, through: Timestamp) throws -> [SeriesExemplars] {
        try first.exemplars(selectors, from: from, through: through)
    }

    private func joined(_ read: (any SeriesSource) throws -> [String]) throws -> [String] {
        var lists = [try read(first)]
        for source in others() { lists.append(try read(source)) }
        return Self.joined(lists)
    }

    /// Sorted lists as one, each text once.
    static func joined(_ lists: [[String]]) -> [String] {
        let filled = lists.filter { !$0.isEmpty }
        guard filled.count > 1 else { return filled.first ?? [] }
        var all: [String] = []
        for text in filled.joined().sorted(by: precedes) where all.last.map({ !sameBytes($0, text) }) ?? true { all.append(text) }
        return all
    }
}

/// The series of several sets, joined where their labels are the same.
final class MergedSeriesSet: SeriesSet, @unchecked Sendable {
    // Immutable after the initialiser.
    private let sets: [any SeriesSet]
    private let names: [Labels]
    /// The parts of series `i` are `parts[starts[i]..<starts[i + 1]]`.
    private let starts: [Int]
    private let parts: [Part]

    private struct Part {
        let set: UInt32
        let index: UInt32
    }

    init(_ sets: [any SeriesSet]) {
        self.sets = sets
        var merge = SetMerge(sets)
        var names: [Labels] = []
        var starts: [Int] = []
        var parts: [Part] = []
        while let labels = merge.least {
            names.append(labels)
            starts.append(parts.count)
            merge.take(labels) { parts.append(Part(set: UInt32($0), index: UInt32($1))) }
        }
        starts.append(parts.count)
        self.names = names
        self.starts = starts
        self.parts = parts
    }

    /// The sets of sources in the order in which these were asked, the newest data first.
    static func joined(_ sets: [any SeriesSet]) -> any SeriesSet {
        let filled = sets.filter { $0.count > 0 }
        // Oldest data first: what is read then comes mostly in order.
        return filled.count == 1 ? filled[0] : MergedSeriesSet(filled.reversed())
    }

    var count: Int { names.count }
    func labels(_ index: Int) -> Labels { names[index] }

    func read(_ index: Int, from: Timestamp, through: Timestamp, into column: SampleColumn) throws {
        for part in parts[starts[index]..<starts[index + 1]] {
            let before = column.count
            try sets[Int(part.set)].read(Int(part.index), from: from, through: through, into: column)
            column.mergeTail(from: before)
        }
    }

    func readHistograms(_ index: Int, from: Timestamp, through: Timestamp, into column: HistogramColumn) throws {
        for part in parts[starts[index]..<starts[index + 1]] {
            let before = column.count
            try sets[Int(part.set)].readHistograms(Int(part.index), from: from, through: through, into: column)
            column.mergeTail(from: before)
        }
    }

    func readStartTimes(_ index: Int, from: Timestamp, through: Timestamp, into known: inout [Timestamp: Timestamp]) throws {
        for part in parts[starts[index]..<starts[index + 1]] {
            try sets[Int(part.set)].readStartTimes(Int(part.index), from: from, through: through, into: &known)
        }
    }
}

/// Walks over sorted sets side by side.
struct SetMerge {
    private let sets: [any SeriesSet]
    private var at: [Int]
    private var heads: [Labels?]

    init(_ sets: [any SeriesSet]) {
        self.sets = sets
        at = sets.map { _ in 0 }
        heads = sets.map { $0.count > 0 ? $0.labels(0) : nil }
    }

    var least: Labels? {
        var least: Labels?
        for case let labels? in heads where least.map({ labels < $0 }) ?? true { least = labels }
        return least
    }

    mutating func take(_ labels: Labels, _ body: (_ set: Int, _ index: Int) -> Void) {
        for set in sets.indices where heads[set] == labels {
            body(set, at[set])
            at[set] += 1
            heads[set] = at[set] < sets[set].count ? sets[set].labels(at[set]) : nil
        }
    }
}
