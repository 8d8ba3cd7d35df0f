import Model
import Testing

@testable import PromQL

@Suite struct StalenessTests {
    @Test func aSampleIsSeenUntilTheLookbackHasPassed() throws {
        let store = try Store("load 10s\n  m 0 1")
        #expect(try store.instant("m", at: 10_000) == ["m 1"])
        #expect(try store.instant("m", at: 309_999) == ["m 1"])
        #expect(try store.instant("m", at: 310_000) == [], "the lookback is open on the left")
        #expect(try store.instant("m", at: -1) == [])
    }

    @Test func theLookbackMayBeSetPerQuery() throws {
        let store = try Store("load 10s\n  m 0 1")
        let result = try Engine().instant("m", at: 20_000, over: store.source, QueryOptions(lookback: 10_000))
        guard case .vector(let samples) = result.value else { return #expect(Bool(false), "not a vector") }
        #expect(samples.isEmpty)
    }

    @Test func aStaleMarkerEndsASeriesButNotARange() throws {
        let store = try Store("load 10s\n  m 1 2 stale")
        #expect(try store.instant("m", at: 19_999) == ["m 2"])
        #expect(try store.instant("m", at: 20_000) == [])
        #expect(try store.instant("sum_over_time(m[30s])", at: 20_000) == ["{} 3"])
        #expect(try store.instant("m[30s]", at: 20_000) == ["m 1@0 2@10000"])
    }

    @Test func anOrdinaryNaNIsAValue() throws {
        let store = try Store("load 10s\n  m 1 NaN")
        #expect(try store.instant("m", at: 10_000) == ["m NaN"])
        #expect(try store.instant("count_over_time(m[1m])", at: 10_000) == ["{} 2"])
    }

    @Test func rangesAreOpenOnTheLeftAndClosedOnTheRight() throws {
        let store = try Store("load 10s\n  m 0+1x10")
        #expect(try store.instant("count_over_time(m[20s])", at: 40_000) == ["{} 2"])
        #expect(try store.instant("count_over_time(m[20001ms])", at: 40_000) == ["{} 3"])
        #expect(try store.instant("count_over_time(m[20s:10s])", at: 40_000) == ["{} 2"])
        #expect(try store.instant("count_over_time(m[10s] offset 1s)", at: 40_000) == ["{} 1"])
    }
}
