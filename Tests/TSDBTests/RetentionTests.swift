import Model
import TestKit
import Testing

@testable import TSDB

@Suite struct RetentionTests {
    static let hour: Int64 = 3_600_000

    func block(_ number: UInt64, _ from: Int64, _ until: Int64, bytes: Int64 = 100) -> RetentionPlan.Candidate {
        RetentionPlan.Candidate(
            meta: BlockMeta(ulid: ULID(high: 0, low: number), minTime: from * Self.hour, maxTime: until * Self.hour), bytes: bytes)
    }

    func removed(
        _ blocks: [RetentionPlan.Candidate], time: Int64? = nil, now: Timestamp? = nil, fixed: Int64 = 0, limit: Int64? = nil
    ) -> [UInt64: String] {
        let found = RetentionPlan.removals(blocks, keeping: time, now: now, fixed: fixed, limit: limit)
        return Dictionary(uniqueKeysWithValues: found.map { ($0.ulid.low, $0.cause.rawValue) })
    }

    @Test func aBlockGoesWhenAllOfItIsTooOld() {
        let blocks = [block(1, 0, 2), block(2, 2, 4), block(3, 4, 6)]
        #expect(removed(blocks, time: 4 * Self.hour, now: 6 * Self.hour) == [1: "time"])
        #expect(removed(blocks, time: 4 * Self.hour, now: 6 * Self.hour - 1) == [:])
        #expect(removed(blocks, time: 4 * Self.hour, now: nil) == [:])
        #expect(removed(blocks, time: 0, now: .max) == [:])
    }

    @Test func theOldestGoUntilTheRestHasRoom() {
        let blocks = [block(1, 0, 2), block(2, 2, 4), block(3, 4, 6)]
        #expect(removed(blocks, limit: 300) == [:])
        #expect(removed(blocks, limit: 299) == [1: "size"])
        #expect(removed(blocks, fixed: 150, limit: 299) == [1: "size", 2: "size"])
    }

    @Test func aClockThatRunsEvenlyIsBelieved() {
        var clock = ClockGuard(known: nil, waited: nil, wall: 1_000_000, monotonic: 0)
        #expect(clock.purgeTime(newestSample: 500_000) == 1_000_000)
        let jumped = clock.observe(wall: 1_060_000, monotonic: 60_000)
        #expect(!jumped)
        #expect(clock.purgeTime(newestSample: 1_060_000) == 1_060_000)
        // The clock is far ahead of what was ever measured.
        #expect(clock.purgeTime(newestSample: -10 * Self.hour) == -9 * Self.hour)
        #expect(clock.purgeTime(newestSample: nil) == nil)
    }

    @Test(arguments: [365 * 24 * Self.hour, -2 * Self.hour]) func afterAJumpNothingIsPurgedForADay(_ jump: Int64) {
        let start = 50 * Self.hour
        var clock = ClockGuard(known: start, waited: nil, wall: start, monotonic: 0)
        var jumped = clock.observe(wall: start + jump, monotonic: 1000)
        #expect(jumped)
        #expect(clock.purgeTime(newestSample: start) == nil)
        for hours in 1...23 {
            jumped = clock.observe(wall: start + jump + Int64(hours) * Self.hour, monotonic: 1000 + Int64(hours) * Self.hour)
            #expect(!jumped)
            #expect(clock.purgeTime(newestSample: start) == nil)
        }
        jumped = clock.observe(wall: start + jump + 24 * Self.hour, monotonic: 1000 + 24 * Self.hour)
        #expect(!jumped)
        #expect(clock.purgeTime(newestSample: .max) != nil)
    }

    @Test func aJumpOverARestartIsSeen() {
        let start = 1000 * Self.hour
        var clock = ClockGuard(known: start, waited: nil, wall: start + 8760 * Self.hour, monotonic: 0)
        #expect(clock.purgeTime(newestSample: .max) == nil)
        #expect(clock.trusted == start)
        _ = clock.observe(wall: start + 8770 * Self.hour, monotonic: 10 * Self.hour)
        #expect(clock.waited == 10 * Self.hour)
        // A restart in between goes on waiting instead of beginning anew, even if the state was not brought up to date.
        var again = ClockGuard(known: clock.trusted, waited: clock.waited, wall: start + 8771 * Self.hour, monotonic: 0)
        _ = again.observe(wall: start + 8784 * Self.hour, monotonic: 13 * Self.hour)
        #expect(again.purgeTime(newestSample: .max) == nil)
        _ = again.observe(wall: start + 8785 * Self.hour, monotonic: 14 * Self.hour)
        #expect(again.purgeTime(newestSample: .max) == start + 8785 * Self.hour)
    }

    @Test func theReserveIsAShareOfTheDiskButNoMoreThanAGibibyte() {
        #expect(Reserve.share(0.02).bytes(of: DiskSpace(free: 0, total: 64 << 20)) == 1_342_177)
        #expect(Reserve.share(0.02).bytes(of: DiskSpace(free: 0, total: 1 << 40)) == 1 << 30)
        #expect(Reserve.bytes(7).bytes(of: DiskSpace(free: 0, total: 1 << 40)) == 7)
    }
}
