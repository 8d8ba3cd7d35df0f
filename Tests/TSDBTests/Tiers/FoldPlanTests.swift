import Model
import TestKit
import Testing

@testable import TSDB

/// What is folded when, decided from descriptions of blocks alone. Times are hours.
@Suite struct FoldPlanTests {
    static let hour: Int64 = 3_600_000

    static func name(_ number: UInt64) -> ULID { ULID(high: 0, low: number) }

    /// A raw block of [from, until) that is its own source, or has others.
    func raw(_ number: UInt64, _ from: Int64, _ until: Int64, sources: [UInt64]? = nil) -> BlockMeta {
        var meta = BlockMeta(ulid: Self.name(number), minTime: from * Self.hour, maxTime: until * Self.hour)
        meta.compaction.sources = (sources ?? [number]).map(Self.name)
        return meta
    }

    /// A tier's block of (from, through].
    func folded(_ number: UInt64, _ from: Int64, _ through: Int64, of sources: [UInt64], holes: [TimeRange] = []) -> FoldPlan.Folded {
        var meta = BlockMeta(ulid: Self.name(number), minTime: from * Self.hour + 1, maxTime: through * Self.hour + 1)
        meta.fold = BlockMeta.Fold(.hour, sources: sources.map(Self.name))
        return FoldPlan.Folded(meta, holes: holes)
    }

    func plan(
        _ raw: [BlockMeta], _ five: [FoldPlan.Folded] = [], _ hour: [FoldPlan.Folded] = [], limit: Int64, rawFloor: Int64? = nil,
        fiveFloor: Int64? = nil
    ) -> FoldPlan {
        var plan = FoldPlan(raw: raw, tiers: [.fiveMinutes: five, .hour: hour], limit: limit * Self.hour)
        if let rawFloor { plan.floors.raw = rawFloor * Self.hour }
        if let fiveFloor { plan.floors.fiveMinutes = fiveFloor * Self.hour }
        return plan
    }

    func stretch(_ start: Int64, _ end: Int64) -> FoldStretch { FoldStretch(start: start * Self.hour, end: end * Self.hour) }

    func part(_ source: FoldJob.Source, _ start: Int64, _ end: Int64) -> FoldJob.Part { .init(source: source, stretch: stretch(start, end)) }

    /// A sample at the full hour belongs to the window that ends there.
    @Test func aRawBlockLiesInTheWindowsOfItsSamples() {
        #expect(raw(1, 2, 4).stretch == stretch(1, 4))
        var meta = raw(1, 2, 4)
        meta.minTime += 1
        meta.maxTime += 1
        #expect(meta.stretch == stretch(2, 4))
        meta.maxTime += 1
        #expect(meta.stretch == stretch(2, 5))
        #expect(raw(1, -4, -2).stretch == stretch(-5, -2))
    }

    @Test func whatIsNewIsFoldedIntoTheFinerTierFirst() {
        let blocks = [raw(1, 2, 4), raw(2, 4, 6)]
        #expect(plan(blocks, limit: 4).next() == FoldJob(tier: .fiveMinutes, stretch: stretch(1, 4), parts: [part(.raw, 1, 4)]))
        let five = [folded(11, 1, 4, of: [1, 2])]
        #expect(plan(blocks, five, limit: 4).next() == FoldJob(tier: .hour, stretch: stretch(1, 4), parts: [part(.finer, 1, 4)]))
        #expect(plan(blocks, five, [folded(12, 1, 4, of: [1, 2])], limit: 4).next() == nil)
        #expect(plan(blocks, five, [folded(12, 1, 4, of: [1, 2])], limit: 6).next()?.stretch == stretch(4, 6))
        #expect(plan([], limit: 4).next() == nil)
    }

    @Test func oldDataIsFoldedInPiecesOfNoMoreThanADayAndTimeWithoutAnyOnlyIfItIsShort() {
        let blocks = [raw(1, 0, 90), raw(3, 93, 100), raw(2, 1000, 1010)]
        var plan = plan(blocks, limit: 1008)
        var pieces: [FoldStretch] = []
        while let job = plan.next() {
            #expect(job.isNew && !job.isByRule)
            let sources: [UInt64] = job.tier == .hour ? [1, 2, 3] : blocks.filter { $0.touches(job.stretch) }.map(\.ulid.low)
            plan.tiers[job.tier, default: []].append(
                folded(UInt64(100 + pieces.count), job.stretch.start / Self.hour, job.stretch.end / Self.hour, of: sources))
            if job.tier == .fiveMinutes { pieces.append(job.stretch) }
        }
        #expect(pieces.map(\.start) == [-1, 0, 18, 36, 54, 72, 90, 999].map { $0 * Self.hour })
        #expect(pieces.map(\.end) == [0, 18, 36, 54, 72, 90, 100, 1008].map { $0 * Self.hour } && plan.backlog(.fiveMinutes) == 0)
        #expect(plan.foldedThrough(.fiveMinutes) == 1008 * Self.hour && plan.foldedThrough(.hour) == 1008 * Self.hour)
    }

    @Test func samplesFromTheBeginningOfTimeAreNotInTheWay() {
        var old = raw(1, 0, 2)
        old.minTime = .min
        var future = raw(2, 2, 4)
        future.maxTime = .max
        let plan = plan([old, future], limit: 2)
        #expect(plan.backlog(.fiveMinutes) > 1 << 61 && plan.next()?.tier == .fiveMinutes)
        for edge in [plan.next()?.stretch.start, plan.next()?.stretch.end, old.stretch.start, future.stretch.end] {
            #expect(edge.map { $0 % Self.hour } == 0)
        }
    }

    @Test func lateDataIsFoldedAnewWhereRawIsAllThere() {
        let blocks = [raw(1, 2, 4), raw(2, 4, 6), raw(3, 2, 4)]
        let five = [folded(11, 1, 4, of: [1, 2]), folded(12, 4, 6, of: [2])]
        let job = plan(blocks, five, [folded(13, 1, 6, of: [1, 2])], limit: 6).next()
        #expect(job == FoldJob(tier: .fiveMinutes, stretch: stretch(1, 4), replaced: [Self.name(11)], parts: [part(.raw, 1, 4)]))
        // Then the coarser tier is, from the finer one.
        let again = [folded(14, 1, 4, of: [1, 2, 3]), folded(12, 4, 6, of: [2])]
        let next = plan(blocks, again, [folded(13, 1, 6, of: [1, 2])], limit: 6).next()
        #expect(
            next == FoldJob(tier: .hour, stretch: stretch(1, 6), replaced: [Self.name(13)], parts: [part(.finer, 1, 4), part(.finer, 4, 6)]))
    }

    @Test func lateDataIsAddedWhereRawIsGoneAndOnlyOnce() {
        // Raw blocks are gone up to 6; block 3 came late and reaches behind that.
        let blocks = [raw(3, 4, 8), raw(2, 6, 8), raw(4, 8, 10)]
        let five = [folded(11, 1, 4, of: [1]), folded(12, 4, 8, of: [1, 2, 4])]
        let job = plan(blocks, five, limit: 8, rawFloor: 6).next()
        #expect(job?.stretch == stretch(1, 8) && job?.replaced == [Self.name(11), Self.name(12)])
        #expect(job?.late == [Self.name(3)])
        #expect(job?.parts.contains(part(.raw, 6, 8)) == true)
        #expect(job?.parts.contains(part(.replaced, 1, 6)) == true && job?.parts.contains(part(.late(Self.name(3)), 1, 6)) == true)
        // Once the block is named nothing is added again, even if another block of the tier was lost.
        let torn = plan(blocks, [folded(13, 1, 4, of: [1, 2, 3, 4])], limit: 8, rawFloor: 6).next()
        #expect(torn?.parts.contains { $0.source == .late(Self.name(3)) && $0.stretch.start < 4 * Self.hour } != true)
    }

    @Test func whatALostRawBlockHadStaysInTheWindows() {
        var late = raw(9, 4, 6)
        late.compaction.hints = [BlockMeta.Compaction.fromOutOfOrder]
        // Block 2 of 4 to 6 is not there any more.
        let blocks = [raw(1, 2, 4), late, raw(3, 6, 8), raw(4, 8, 10)]
        let job = plan(blocks, [folded(11, 2, 8, of: [1, 2, 3, 4])], limit: 8).next()
        #expect(job?.replaced == [Self.name(11)] && job?.late == [Self.name(9)])
        #expect(
            job?.parts == [part(.raw, 2, 3), part(.replaced, 3, 6), part(.late(Self.name(9)), 3, 6), part(.raw, 6, 8)],
            "\(job.map { "\($0.parts)" } ?? "")")
    }

    @Test func lateDataThatIsTooOldForATierIsLeftOutThere() {
        let blocks = [raw(3, 2, 4), raw(2, 100, 102)]
        let five = [folded(11, 50, 100, of: [2])]
        let hour = [folded(12, 0, 100, of: [2])]
        let job = plan(blocks, five, hour, limit: 100, rawFloor: 98, fiveFloor: 50).next()
        #expect(job?.tier == .hour && job?.late == [Self.name(3)])
        #expect(job?.parts.contains(part(.late(Self.name(3)), 0, 50)) == true && job?.parts.contains(part(.finer, 50, 100)) == true)
        let done = [folded(13, 0, 100, of: [2, 3])]
        #expect(plan(blocks, five, done, limit: 100, rawFloor: 98, fiveFloor: 50).next() == nil)
    }

    /// A block goes when all of it is too old; until then it must not lack what comes late to its older part.
    @Test func lateDataIsFoldedIntoABlockThatIsTooOldInPart() {
        let blocks = [raw(3, 2, 4), raw(2, 100, 102)]
        var plan = plan(blocks, [folded(11, 0, 100, of: [2])], [folded(12, 0, 100, of: [2])], limit: 100, rawFloor: 98)
        plan.oldest = [.fiveMinutes: 50 * Self.hour]
        let job = plan.next()
        #expect(job?.tier == .fiveMinutes && job?.late == [Self.name(3)])
        plan.tiers[.fiveMinutes] = [folded(13, 60, 100, of: [2])]
        #expect(plan.next()?.tier == .hour)
    }

    @Test func partlyDeletedWindowsAreFoldedAnewWhereWhatIsFinerIsThere() {
        let hole = TimeRange(from: 3 * Self.hour + 1, through: 4 * Self.hour)
        let blocks = [raw(1, 2, 4), raw(2, 4, 6)]
        let five = [folded(11, 1, 4, of: [1, 2], holes: [hole])]
        let hour = [folded(12, 1, 4, of: [1, 2], holes: [hole])]
        let job = plan(blocks, five, hour, limit: 4).next()
        #expect(job?.tier == .fiveMinutes && job?.replaced == [Self.name(11)])
        // The coarser tier waits until the finer one is whole.
        #expect(plan(blocks, five, hour, limit: 4).rewriting(.hour) == nil)
        let whole = [folded(13, 1, 4, of: [1, 2])]
        #expect(plan(blocks, whole, hour, limit: 4).next()?.tier == .hour)
        // Where raw is gone the windows stay gone, and those of the coarser tier are made of what is left of them.
        #expect(plan([raw(2, 4, 6)], five, [folded(14, 1, 4, of: [1, 2])], limit: 4, rawFloor: 4).next() == nil)
        let rest = plan([raw(2, 4, 6)], five, hour, limit: 4, rawFloor: 4).next()
        #expect(rest == FoldJob(tier: .hour, stretch: stretch(1, 4), replaced: [Self.name(12)], parts: [part(.finer, 1, 4)]))
    }

    @Test func rulesOwnFloorsMakePartsOfTheirOwn() {
        var plan = plan([raw(1, 2, 4), raw(2, 4, 6), raw(3, 2, 4)], [folded(11, 1, 4, of: [1, 2])], limit: 4)
        plan.rules = [TierFloors(raw: 3 * Self.hour)]
        let job = plan.next()
        #expect(job?.isByRule == true)
        #expect(job?.parts.filter { $0.rule == nil } == [part(.raw, 1, 4)])
        let ofRule = job?.parts.filter { $0.rule == 0 }.map(\.source)
        #expect(ofRule?.contains(.raw) == true && ofRule?.contains(.replaced) == true && ofRule?.contains(.late(Self.name(3))) == true)
    }

    @Test func blocksOfATierGrow() {
        let ranges = CompactionPlan.ranges(shortest: 2 * Self.hour, longest: 54 * Self.hour)
        let small = (0..<5).map { folded(UInt64($0), Int64($0) * 2, Int64($0) * 2 + 2, of: [9]) }
        #expect(plan([], small, limit: 100).merging(.fiveMinutes, ranges: ranges)?.map(\.low) == [0, 1, 2])
        #expect(plan([], Array(small.prefix(3)), limit: 100).merging(.fiveMinutes, ranges: ranges) == nil)
        // Not while a raw block of their time is not in all of them.
        #expect(plan([raw(7, 3, 4)], small, limit: 100).merging(.fiveMinutes, ranges: ranges) == nil)
        // Not over a gap.
        #expect(plan([], small.filter { $0.meta.ulid.low != 1 }, limit: 100).merging(.fiveMinutes, ranges: ranges) == nil)
    }
}
