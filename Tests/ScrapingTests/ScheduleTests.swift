import Model
import Testing

@testable import Scraping

@Suite("When targets are scraped")
struct ScheduleTests {
    private static let millisecond: Int64 = 1_000_000

    @Test(
        arguments: [
            (now: 60_000, offset: 0, wait: 0), (60_000, 7000, 7000), (67_000, 7000, 0), (68_000, 7000, 14_000), (74_999, 0, 1),
            (-1, 0, 1), (-1, 14_999, 0),
        ] as [(now: Timestamp, offset: Int64, wait: Int64)])
    func theFirstTickIsAtTheOffset(now: Timestamp, offset: Int64, wait: Int64) {
        let schedule = ScrapeSchedule(interval: 15_000, offset: offset, now: now, monotonic: 5)
        #expect(schedule.wait(5) == wait * Self.millisecond)
    }

    /// Each step: how late the tick is taken, in microseconds, and how far its timestamp is from the first, in milliseconds.
    @Test(
        arguments: [
            (15_000, [(0, 0), (0, 15_000), (1900, 30_000), (2900, 45_000), (3100, 60_003), (0, 75_000)]),
            // One per cent of a short interval is less than 2 ms.
            (100, [(0, 0), (1100, 100), (2100, 202), (0, 300)]),
            (50, [(0, 0), (900, 50), (1100, 101)]),
        ] as [(Int64, [(Int64, Int64)])])
    func smallDelaysDoNotShow(interval: Int64, steps: [(late: Int64, time: Int64)]) {
        let start: Timestamp = 3_000_000
        var schedule = ScrapeSchedule(interval: interval, offset: 0, now: start, monotonic: 0)
        for (number, step) in steps.enumerated() {
            let due = Int64(number) * interval * Self.millisecond
            #expect(schedule.wait(due) == 0)
            #expect(schedule.wait(due - 1) == 1)
            let monotonic = due + step.late * 1000
            #expect(schedule.take(now: start + monotonic / Self.millisecond, monotonic: monotonic) == start + step.time)
        }
    }

    /// Steps as above, but times are counted from when the first tick was due.
    @Test(
        arguments: [
            // The first tick comes late, with everything else that happens at a start.
            [(40_000, 40), (0, 1000), (1900, 2000), (5000, 3005), (0, 4000)],
            // Later ones too: nothing comes of it.
            [(0, 0), (300_000, 1300), (0, 2000), (0, 3000)],
        ] as [[(Int64, Int64)]])
    func aLateTickDoesNotMoveTheOthers(steps: [(late: Int64, time: Int64)]) {
        let start: Timestamp = 3_000_000
        var schedule = ScrapeSchedule(interval: 1000, offset: 0, now: start, monotonic: 0)
        for (number, step) in steps.enumerated() {
            let monotonic = Int64(number) * 1000 * Self.millisecond + step.late * 1000
            #expect(schedule.take(now: start + monotonic / Self.millisecond, monotonic: monotonic) == start + step.time)
        }
    }

    @Test func aWallClockThatRunsFasterKeepsTheDistancesEqualAsLongAsItCan() {
        var schedule = ScrapeSchedule(interval: 1000, offset: 0, now: 0, monotonic: 0)
        let times = (0..<9).map { schedule.take(now: Timestamp($0 * 1001), monotonic: Int64($0) * 1000 * Self.millisecond) }
        #expect(times == [0, 1000, 2000, 3003, 4003, 5003, 6006, 7006, 8006])
    }

    @Test func missedTicksAreMadeUpForOnce() {
        var schedule = ScrapeSchedule(interval: 1000, offset: 0, now: 0, monotonic: 0)
        #expect(schedule.take(now: 0, monotonic: 0) == 0)
        #expect(schedule.take(now: 4500, monotonic: 4500 * Self.millisecond) == 4500)
        #expect(schedule.wait(4500 * Self.millisecond) == 500 * Self.millisecond)
        #expect(schedule.take(now: 5001, monotonic: 5000 * Self.millisecond) == 5000)
    }

    @Test func aWallClockThatIsSetMovesTheTimestampsAndNotTheTicks() {
        var schedule = ScrapeSchedule(interval: 1000, offset: 0, now: 10_000, monotonic: 0)
        #expect(schedule.take(now: 10_000, monotonic: 0) == 10_000)
        #expect(schedule.take(now: 7300, monotonic: 1000 * Self.millisecond) == 7300)
        #expect(schedule.take(now: 8301, monotonic: 2000 * Self.millisecond) == 8300)
        #expect(schedule.take(now: 99_311, monotonic: 3000 * Self.millisecond) == 99_311)
        #expect(schedule.wait(3000 * Self.millisecond) == 1000 * Self.millisecond)
    }

    @Test func theLongestIntervalIsNoTrap() throws {
        let longest = try #require(PromDuration.parse("292y"))
        var schedule = ScrapeSchedule(interval: longest, offset: longest - 1, now: longest / 2, monotonic: .max / 2)
        #expect(schedule.wait(.max / 2) > 0)
        _ = schedule.take(now: longest, monotonic: .max - 1)
        _ = schedule.take(now: longest, monotonic: .max)
        #expect(schedule.wait(0) == .max)
    }

    @Test("addresses that differ by little are spread over the interval, the same way each time", arguments: [false, true])
    func offsets(onePlace: Bool) {
        func target(_ number: Int) -> Target {
            let address = onePlace ? "127.0.0.1:\(23_000 + number)" : "host\(number):80"
            return Target(
                allLabels: Labels([(name: "instance", value: address)]), discoveredLabels: .empty, scrapePool: "j",
                url: "http://\(address)/metrics", interval: 10_000, timeout: 1000)
        }
        let offsets = (0..<1000).map { target($0).offset(seed: 7) }
        #expect(offsets == (0..<1000).map { target($0).offset(seed: 7) })
        #expect(offsets != (0..<1000).map { target($0).offset(seed: 8) })
        #expect(offsets.allSatisfy { (0..<10_000).contains($0) })
        let perSecond = Dictionary(grouping: offsets) { $0 / 1000 }.mapValues(\.count)
        #expect(perSecond.count == 10 && perSecond.values.allSatisfy { (60...140).contains($0) }, "\(perSecond)")
    }
}
