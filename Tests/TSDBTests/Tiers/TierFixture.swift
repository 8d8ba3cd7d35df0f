import Model
import TestKit

@testable import TSDB

/// A head, raw blocks and blocks of tiers, put together as a database does it, step by step.
final class TierFixture: @unchecked Sendable {
    let files = MemoryFileSystem()
    let head = freeHead(window: 1000 * 86_400_000)
    /// All samples there ever were, by series.
    var all: [Labels: [Sample]] = [:]
    private(set) var raw: [Block] = []
    private(set) var tiers: [Tier: [Block]] = [.fiveMinutes: [], .hour: []]
    var floors = TierFloors()
    var rules: [RuleFloors] = []
    private var number: UInt64 = 0
    private var cutThrough: Timestamp?

    static let hour: Timestamp = 3_600_000

    init() throws { for folder in ["data", "data/tiers/5m", "data/tiers/1h"] { try files.makeLastingFolder(folder) } }

    var coverage: TierCoverage {
        TierCoverage(
            raw: raw, fiveMinutes: tiers[.fiveMinutes] ?? [], hour: tiers[.hour] ?? [], floors: floors, rules: rules, number: Int(number))
    }

    var source: TieredSource { TieredSource(head) { [self] in coverage } }

    func newULID() -> ULID {
        number += 1
        return ULID(high: 1 << 40, low: number)
    }

    func add(_ labels: Labels, _ samples: [Sample]) throws {
        var batch = AppendBatch()
        for sample in samples { batch.add(labels, sample.time, sample.value) }
        _ = try head.append(&batch)
        all[labels, default: []] += samples
    }

    /// Appends the samples in (start, end] of several series as they come, time by time.
    func add(_ series: [(Labels, [Sample])], after start: Timestamp, through end: Timestamp) throws {
        var batch = AppendBatch()
        let new = series.flatMap { labels, samples in samples.filter { start < $0.time && $0.time <= end }.map { (labels, $0) } }
        for (labels, sample) in new.sorted(by: { $0.1.time < $1.1.time }) {
            batch.add(labels, sample.time, sample.value)
            all[labels, default: []].append(sample)
        }
        _ = try head.append(&batch)
    }

    func open(_ path: String) throws -> Block { try Block.open(path: path, files: files) { _ in } }

    private func keepRaw(_ cursor: any ChunkSeriesCursor, _ start: Timestamp, _ end: Timestamp, hints: [String]) throws(StorageError) {
        let request = BlockRequest(ulid: newULID(), minTime: start, maxTime: end, hints: hints)
        guard try BlockWriter.write([cursor], request, into: "data", files) != nil else { return }
        raw.append(try Block.open(path: "data/\(request.ulid)", files: files) { _ in })
        raw.sort { ($0.meta.minTime, $0.meta.ulid) < ($1.meta.minTime, $1.meta.ulid) }
    }

    /// Cuts a block from the head.
    func cut(_ start: Timestamp, _ end: Timestamp) throws {
        head.closeForAppends(before: end)
        try head.cut(from: start, before: end) { cursor throws(StorageError) in try keepRaw(cursor, start, end, hints: []) }
        head.truncate(before: end)
    }

    /// Makes blocks of what came late. Returns them.
    func cutLate() throws -> [Block] {
        let before = Set(raw.map(\.meta.ulid))
        _ = try head.cutOutOfOrder { cut throws(StorageError) in
            for start in cut.starts(length: 2 * Self.hour) {
                try keepRaw(
                    cut.cursor(from: start, before: start + 2 * Self.hour), start, start + 2 * Self.hour,
                    hints: [BlockMeta.Compaction.fromOutOfOrder])
            }
        }
        return raw.filter { !before.contains($0.meta.ulid) }
    }

    /// Puts a block of a tier in the place of others, made of these.
    func write(_ tier: Tier, _ start: Timestamp, _ end: Timestamp, _ inputs: [FoldInput], replacing old: [Block] = []) throws {
        let request = TierRequest(ulid: newULID(), tier: tier, start: start, end: end, inputs: inputs, replaced: old.map(\.meta))
        _ = try TierWriter.write(request, into: "data/tiers/\(tier.rawValue)", files)
        let gone = Set(old.map(\.meta.ulid))
        let blocks = (tiers[tier] ?? []).filter { !gone.contains($0.meta.ulid) } + [try open("data/tiers/\(tier.rawValue)/\(request.ulid)")]
        tiers[tier] = blocks.sorted { $0.meta.minTime < $1.meta.minTime }
    }

    /// Folds what raw has into both tiers.
    func fold(_ start: Timestamp, _ end: Timestamp) throws {
        try write(.fiveMinutes, start, end, [FoldInput(raw, head: head, start: start, end: end)])
        try write(.hour, start, end, [FoldInput(tiers[.fiveMinutes] ?? [], start: start, end: end)])
    }

    /// Brings a late block to the windows that it touches: folds them anew where what is finer is still there, and merges it where it is not.
    func foldLate(_ late: Block) throws {
        let range = late.meta.range
        for block in tiers[.fiveMinutes] ?? [] where block.meta.range.overlaps(range) && block.meta.range.through > floors.fiveMinutes {
            let (start, end) = (block.meta.minTime - 1, block.meta.maxTime - 1)
            let seam = min(max(floors.raw, start), end)
            let inputs = [
                FoldInput([block], start: start, end: seam), FoldInput([late], start: start, end: seam),
                FoldInput(raw, head: head, start: seam, end: end),
            ]
            try write(.fiveMinutes, start, end, inputs.filter { $0.start < $0.end }, replacing: [block])
        }
        for block in tiers[.hour] ?? [] where block.meta.range.overlaps(range) {
            let (start, end) = (block.meta.minTime - 1, block.meta.maxTime - 1)
            let seam = min(max(floors.fiveMinutes, start), end)
            let inputs = [
                FoldInput([block], start: start, end: seam), FoldInput([late], start: start, end: seam),
                FoldInput(tiers[.fiveMinutes] ?? [], start: seam, end: end),
            ]
            try write(.hour, start, end, inputs.filter { $0.start < $0.end }, replacing: [block])
        }
    }

    /// Makes one block of all that a tier has.
    func compact(_ tier: Tier) throws {
        guard let blocks = tiers[tier], blocks.count > 1, let first = blocks.first, let last = blocks.last else { return }
        let (start, end) = (first.meta.minTime - 1, last.meta.maxTime - 1)
        try write(tier, start, end, [FoldInput(blocks, start: start, end: end)], replacing: blocks)
    }

    /// Gives up what lies before the floors.
    func purge() {
        number += 1
        raw.removeAll { $0.meta.maxTime <= floors.raw }
        tiers[.fiveMinutes]?.removeAll { $0.meta.maxTime - 1 <= floors.fiveMinutes }
    }
}

/// What a set has of a series.
struct TierAnswer {
    var windows: [Aggregate] = []
    var tail: [Sample] = []

    init(_ set: any SeriesSet, _ index: Int, _ from: Timestamp, _ through: Timestamp, _ parts: AggregateParts = .all) throws {
        let column = AggregateColumn(capacity: 1)
        let samples = SampleColumn(capacity: 1)
        if let tiered = set as? any TieredSeriesSet {
            try tiered.readWindows(index, from: from, through: through, parts, into: column, tail: samples)
        } else {
            try set.read(index, from: from, through: through, into: samples)
        }
        windows = column.all
        tail = (0..<samples.count).map { Sample(time: samples.times[$0], value: samples.values[$0]) }
    }

    /// How many samples it tells of.
    var count: Int { windows.reduce(0) { $0 + Int($1.count) } + tail.count { !StaleMarker.isStale($0.value) } }
    var sum: Double {
        windows.reduce(0) { $0 + ($1.count > 0 ? $1.sum : 0) } + tail.reduce(0) { $0 + (StaleMarker.isStale($1.value) ? 0 : $1.value) }
    }
}
