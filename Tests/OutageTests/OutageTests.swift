import Demo
import Foundation
import Model
import Testing

/// How often people are told of the demo's incidents and nights by the built-in route. `MARTLET_DRILLS=all` plays every drill, `MARTLET_NIGHT_HOURS`
/// says how long the night is, `MARTLET_TELL=1` prints what was told.
struct OutageTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let drills = environment["MARTLET_DRILLS"] == "all" ? Drill.allCases : [.redisDown, .llmFailing]

    @Test("of one outage there is at most one message in 5 minutes", arguments: drills)
    func outage(_ drill: Drill) throws {
        let start = Story.busy + 15 * 60_000
        let story = try Story(.only(drill, from: Double(start) / 1000, seconds: 900), from: Story.busy)
        try story.pass(minutes: 15 + 15 + 25)
        let told = story.told(since: start)
        #expect(Story.most(of: story.messages, within: 5) <= 1, "\(drill.rawValue): \(told)")
        #expect(drill == .deployment ? told.isEmpty : told.count >= 2, "\(told)")
        #expect(story.messages.last?.isFiring != true, "the last word is that it is over: \(told)")
        if Self.environment["MARTLET_TELL"] != nil { print("\(drill.rawValue): \(told)") }
    }

    /// From 22:00 UTC on.
    @Test("nobody is woken in a quiet night")
    func night() throws {
        let start = Story.busy + 9 * 3_600_000
        let story = try Story(.quiet, from: start)
        try story.pass(minutes: 60 * (Self.environment["MARTLET_NIGHT_HOURS"].flatMap(Int.init) ?? 1))
        #expect(story.messages.isEmpty, "\(story.told(since: start))")
    }
}
