import Model
import TestKit
import Testing

@testable import TSDB

@Suite struct TierStateTests {
    let fold = FoldPlanTests()
    static let hour = FoldPlanTests.hour

    func adopted(
        _ raw: [BlockMeta], _ five: [FoldPlan.Folded], _ hour: [FoldPlan.Folded] = [], isNew: Bool, floors: TierFloors = TierFloors(),
        latest: Timestamp = .max
    ) -> TierFloors {
        var state = DatabaseState()
        state.isNew = isNew
        state.floors = floors
        return state.floors(raw, [.fiveMinutes: five.map(\.meta), .hour: hour.map(\.meta)], [], latest: latest).general
    }

    @Test func whereRawBlocksBeginOnlyLaterTheTiersAnswerBefore() {
        let five = [fold.folded(10, 0, 20, of: [1, 2])]
        #expect(adopted([fold.raw(2, 6, 8)], five, isNew: false).raw == 6 * Self.hour)
        #expect(adopted([], five, isNew: false).raw == 20 * Self.hour)
        #expect(adopted([fold.raw(1, 1, 2), fold.raw(2, 2, 4)], five, isNew: false).raw == .min)
        #expect(adopted([fold.raw(1, 1, 2)], [], isNew: false) == TierFloors())
    }

    @Test func aLostStateDoesNotTakeForRawWhatIsInTheTiersAlone() {
        // Block 1 is gone, though a late one lies before it.
        let five = [fold.folded(10, 0, 4, of: [0, 1]), fold.folded(11, 4, 8, of: [2])]
        #expect(adopted([fold.raw(0, 1, 4), fold.raw(2, 4, 8)], five, isNew: true).raw == 4 * Self.hour)
        #expect(adopted([fold.raw(2, 4, 8)], five, [fold.folded(12, -50, 8, of: [])], isNew: true).fiveMinutes == 0)
        #expect(adopted([fold.raw(2, 4, 8)], [], [fold.folded(12, -50, 4, of: [])], isNew: true).fiveMinutes == 4 * Self.hour)
    }

    @Test func floorsOfAClockThatWasAheadDoNotCount() {
        let floors = TierFloors(raw: 90 * Self.hour, fiveMinutes: 80 * Self.hour, hour: 12 * Self.hour)
        let five = [fold.folded(10, 0, 8, of: [1]), fold.folded(11, 80, 90, of: [9])]
        let found = adopted([fold.raw(2, 8, 10), fold.raw(9, 90, 92)], five, isNew: false, floors: floors, latest: 20 * Self.hour)
        #expect(found.raw == 8 * Self.hour && found.fiveMinutes == .min && found.hour == 12 * Self.hour)
        #expect(adopted([fold.raw(9, 90, 92)], five, isNew: false, floors: floors, latest: 95 * Self.hour) == floors)
    }

    @Test func floorsOutliveAStart() throws {
        let files = MemoryFileSystem()
        try files.makeFolder("data")
        var state = DatabaseState()
        state.hasTiers = true
        state.floors = TierFloors(raw: 5 * Self.hour, hour: -3 * Self.hour)
        state.rules = [RuleFloors(matchers: [try Matcher(.matches, "a", "x.*"), Matcher(name: "b", equals: "\"ü")], floors: state.floors)]
        try state.write("data/martlet.json", files)
        #expect(try DatabaseState.read("data/martlet.json", files) == state)
        var plain = DatabaseState()
        try plain.write("data/martlet.json", files)
        #expect(String(decoding: files.contents("data/martlet.json"), as: UTF8.self).contains("\"version\": 1"))
        plain.hasTiers = true
        try plain.write("data/martlet.json", files)
        #expect(String(decoding: files.contents("data/martlet.json"), as: UTF8.self).contains("\"version\": 2"))
    }

    @Test func whatARuleHasRemovedStaysRemovedWhenTheRuleGoes() {
        let rule = RetentionRule(matchers: [Matcher(name: "job", equals: "debug")], raw: 1)
        let general = TierFloors(raw: 2 * Self.hour)
        let known = [RuleFloors(matchers: rule.matchers, floors: TierFloors(raw: 9 * Self.hour))]
        #expect(RuleFloors.following([], known: known, general) == known)
        #expect(RuleFloors.following([], known: known, TierFloors(raw: 9 * Self.hour)).isEmpty)
        // A new rule's series may have been removed by the old one, unless they are plainly others.
        let other = RetentionRule(matchers: [Matcher(name: "job", equals: "web")])
        let any = RetentionRule(matchers: [Matcher(name: "env", equals: "test")])
        let floors = RuleFloors.following([other, any, rule], known: known, general).map(\.floors.raw)
        #expect(floors == [2, 9, 9].map { $0 * Self.hour })
    }
}
