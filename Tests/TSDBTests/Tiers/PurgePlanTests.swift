import Model
import TestKit
import Testing

@testable import TSDB

/// What goes when, decided from descriptions of blocks alone. Times are hours.
@Suite struct PurgePlanTests {
    let fold = FoldPlanTests()
    static let hour = FoldPlanTests.hour

    /// Raw blocks of two hours from 0 on, all of them folded into one block of each tier through `folded`.
    func plan(blocks: Int, folded: Int64, five: Int64? = nil) -> FoldPlan {
        let raw = (0..<blocks).map { fold.raw(UInt64($0), Int64($0) * 2, Int64($0) * 2 + 2) }
        let all = raw.map(\.ulid.low)
        return fold.plan(
            raw, [fold.folded(100, -1, five ?? folded, of: all)], [fold.folded(101, -1, folded, of: all)], limit: Int64(blocks) * 2 - 2)
    }

    func purged(_ plan: FoldPlan, raw: Int64? = nil, five: Int64? = nil, hour: Int64? = nil, now: Int64?) -> PurgePlan {
        var purge = PurgePlan(plan, sizes: [:])
        let times = PurgePlan.Times(raw: raw.map { $0 * Self.hour }, fiveMinutes: five.map { $0 * Self.hour }, hour: hour.map { $0 * Self.hour })
        purge.purge(times, rules: plan.rules.map { _ in times }, now: now.map { $0 * Self.hour })
        return purge
    }

    @Test func rawGoesByAgeOnceItIsFoldedIntoBothTiers() {
        let aged = purged(plan(blocks: 6, folded: 10), raw: 6, now: 12)
        #expect(aged.removals.map(\.ulid.low) == [0, 1, 2] && aged.floors.raw == 6 * Self.hour)
        #expect(purged(plan(blocks: 6, folded: 10), raw: 6, now: nil).removals.isEmpty)
        #expect(purged(plan(blocks: 6, folded: 10), raw: nil, now: 1000).removals.isEmpty)
        // Not yet in the finer tier, not yet in the coarser one, not yet in blocks of any.
        #expect(purged(plan(blocks: 6, folded: 10, five: 4), raw: 6, now: 12).removals.map(\.ulid.low) == [0, 1])
        #expect(purged(plan(blocks: 6, folded: 4, five: 10), raw: 6, now: 12).removals.map(\.ulid.low) == [0, 1])
        #expect(purged(fold.plan([fold.raw(1, 0, 2)], limit: 10), raw: 1, now: 100).removals.isEmpty)
    }

    @Test func whatIsNotFoldedYetKeepsAllBehindIt() {
        var plan = plan(blocks: 6, folded: 10)
        plan.raw.append(fold.raw(50, 3, 4))
        #expect(purged(plan, raw: 1, now: 1000).removals.map(\.ulid.low) == [0])
    }

    @Test func nothingThatIsToBeInNoTierWaitsForOne() {
        var plan = fold.plan([fold.raw(1, 0, 2), fold.raw(2, 2, 4)], limit: 2)
        plan.oldest = [.fiveMinutes: 10 * Self.hour, .hour: 10 * Self.hour]
        #expect(purged(plan, raw: 1, now: 100).removals.map(\.ulid.low) == [1])
    }

    @Test func aTierGoesByAgeOnceTheNextOneHasIt() {
        let five = [fold.folded(10, 0, 10, of: []), fold.folded(11, 10, 20, of: [])]
        let whole = fold.plan([], five, [fold.folded(12, 0, 20, of: [])], limit: 20)
        let aged = purged(whole, five: 5, now: 20)
        #expect(aged.removals == [PurgePlan.Removal(tier: .fiveMinutes, ulid: FoldPlanTests.name(10), cause: .time)])
        #expect(aged.floors.fiveMinutes == 10 * Self.hour)
        #expect(purged(fold.plan([], five, [fold.folded(12, 0, 5, of: [])], limit: 20), five: 5, now: 20).removals.isEmpty)
        #expect(purged(whole, hour: 1, now: 30).removals.map(\.ulid.low) == [12])
    }

    /// A stretch that was too old for the finer tier when it was folded is in the coarser one alone, which must answer for it.
    @Test func floorsRiseOverWhatATierHasNever() {
        let five = [fold.folded(10, 0, 2, of: []), fold.folded(11, 6, 10, of: [])]
        let aged = purged(fold.plan([], five, [fold.folded(12, 0, 10, of: [])], limit: 10), five: 4, now: 12)
        #expect(aged.removals.map(\.ulid.low) == [10] && aged.floors.fiveMinutes == 6 * Self.hour)
        #expect(purged(fold.plan([], five, [fold.folded(12, 0, 10, of: [])], limit: 10), five: 8, now: 12).floors.fiveMinutes == 4 * Self.hour)
    }

    /// Or a clock that is ahead would raise them to times that are still to come.
    @Test func noFloorRisesBehindWhatThereIs() {
        let purge = purged(plan(blocks: 6, folded: 10), raw: 1, five: 2, hour: 3, now: 10_000)
        let floors = purge.floors
        #expect(floors.raw == 10 * Self.hour && floors.fiveMinutes == 12 * Self.hour && floors.hour == 12 * Self.hour)
    }

    @Test func underPressureRawGoesFirstThenTheFinerTierThenTheCoarserOne() {
        var sizes: [ULID: Int64] = [:]
        let plan = plan(blocks: 4, folded: 6)
        for ulid in plan.raw.map(\.ulid) + Tier.allCases.flatMap({ plan.blocks($0).map(\.meta.ulid) }) { sizes[ulid] = 100 }
        func left(_ limit: Int64) -> [UInt64] {
            var purge = PurgePlan(plan, sizes: sizes)
            purge.shrink(to: limit, fixed: 50, isFolding: true)
            return purge.removals.map(\.ulid.low)
        }
        #expect(left(650) == [] && left(649) == [0] && left(450) == [0, 1])
        // The last raw block is not folded, so it stays.
        #expect(left(250) == [0, 1, 2, 100] && left(0) == [0, 1, 2, 100, 101])
    }

    /// Of an adopted folder with a limit, say: as folding goes on its raw blocks go, and not the windows that it has just made.
    @Test func underPressureTiersStayWhileRawIsStillToBeFolded() {
        var plan = plan(blocks: 6, folded: 4)
        plan.limit = 10 * Self.hour
        let sizes = Dictionary(uniqueKeysWithValues: (plan.raw.map(\.ulid) + [100, 101].map(FoldPlanTests.name)).map { ($0, Int64(100)) })
        func gone(isFolding: Bool) -> [UInt64] {
            var purge = PurgePlan(plan, sizes: sizes)
            purge.shrink(to: 100, fixed: 0, isFolding: isFolding)
            return purge.removals.map(\.ulid.low)
        }
        #expect(gone(isFolding: true) == [0, 1])
        #expect(gone(isFolding: false).prefix(4) == [0, 1, 100, 101])
    }

    @Test func rulesKeepSomeSeriesShorterOrLonger() {
        var plan = plan(blocks: 6, folded: 10)
        plan.rules = [TierFloors(), TierFloors()]
        var purge = PurgePlan(plan, sizes: [:])
        let times = { (hours: Int64) in PurgePlan.Times(raw: hours * Self.hour) }
        purge.purge(times(6), rules: [times(2), times(8)], now: 12 * Self.hour)
        #expect(purge.floors.raw == 6 * Self.hour && purge.rules.map(\.raw) == [10 * Self.hour, 4 * Self.hour])
        // As long as anybody keeps something of a block it stays.
        #expect(purge.removals.map(\.ulid.low) == [0, 1])
    }
}
