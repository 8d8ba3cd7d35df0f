import Testing

@testable import Access

/// How long answers to wrong logins are kept back, without any waiting.
struct LoginThrottleTests {
    private static let second: Int64 = 1_000_000_000

    @Test("twice as long each time, up to a limit, by address and by user")
    func doubles() {
        var throttle = LoginThrottle()
        let delays = (0..<8).map { _ in throttle.failed("10.0.0.1", user: "alice", now: 0) }
        #expect(delays.map { $0 / 250_000_000 } == [1, 2, 4, 8, 16, 32, 40, 40])
        // The user is known from there, the address is not.
        let outcome1 = throttle.failed("10.0.0.2", user: "alice", now: 0)
        #expect(outcome1 == 10 * Self.second)
        let outcome2 = throttle.failed("10.0.0.2", user: "bob", now: 0)
        #expect(outcome2 == Self.second / 2)
        let outcome3 = throttle.failed("10.0.0.3", user: nil, now: 0)
        #expect(outcome3 == Self.second / 4)
    }

    @Test("forgotten after a quarter of an hour without a failure")
    func forgets() {
        var throttle = LoginThrottle()
        for _ in 0..<10 { _ = throttle.failed("10.0.0.1", user: nil, now: 0) }
        let outcome4 = throttle.failed("10.0.0.1", user: nil, now: 900 * Self.second)
        #expect(outcome4 == 10 * Self.second)
        let outcome5 = throttle.failed("10.0.0.1", user: nil, now: 1801 * Self.second)
        #expect(outcome5 == Self.second / 4)
    }

    @Test("a few of an address at once")
    func atOnce() {
        var throttle = LoginThrottle()
        var begun = (0..<9).map { _ in throttle.begin("10.0.0.1") }
        #expect(begun == Array(repeating: true, count: 8) + [false])
        begun = [throttle.begin("10.0.0.2")]
        throttle.end("10.0.0.1")
        begun += [throttle.begin("10.0.0.1"), throttle.begin("10.0.0.1")]
        #expect(begun == [true, true, false])
    }

    @Test("a flood from everywhere is remembered in part, and the worst of it best")
    func bounded() {
        var limits = LoginThrottle.Limits()
        limits.entries = 100
        limits.keptBack = 10_000
        var throttle = LoginThrottle(limits)
        for _ in 0..<6 { _ = throttle.failed("10.9.9.9", user: nil, now: 0) }
        for number in 0..<5000 { _ = throttle.failed("10.0.\(number / 256).\(number % 256)", user: nil, now: 1) }
        let outcome6 = throttle.failed("10.9.9.9", user: nil, now: 2)
        #expect(outcome6 == 10 * Self.second)
    }

    @Test("answers are not kept back without end")
    func keptBack() {
        var limits = LoginThrottle.Limits()
        limits.keptBack = 2
        var throttle = LoginThrottle(limits)
        let outcome7 = (0..<3).map { throttle.failed("10.0.0.\($0)", user: nil, now: 0) > 0 }
        #expect(outcome7 == [true, true, false])
        for _ in 0..<3 { throttle.release() }
        let outcome8 = throttle.failed("10.0.0.9", user: nil, now: 0) > 0
        #expect(outcome8)
    }

    @Test(
        "an IPv6 address stands for its network",
        arguments: [
            ("10.0.0.1", "10.0.0.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
            ("2001:db8::1", "2001:db8:0:0::/64"), ("::1", "0:0:0:0::/64"), ("::ffff:10.0.0.1", "::ffff:10.0.0.1"), ("", ""),
        ])
    func networks(address: String, network: String) {
        #expect(ClientAddress.network(address) == network)
        #expect(ClientAddress.withoutPort(address + ":4711") == address)
    }

    @Test("a bucket of requests")
    func rate() {
        var limiter = RateLimiter()
        limiter.set(.init(interval: Self.second, burst: 3), now: 0)
        let outcome9 = (0..<5).map { _ in limiter.allows(now: 0) }
        #expect(outcome9 == [true, true, true, false, false])
        let outcome10 = [Self.second / 2, Self.second, 2 * Self.second, 2 * Self.second].map { limiter.allows(now: $0) }
        #expect(outcome10 == [false, true, true, false])
        limiter.set(.init(interval: Self.second, burst: 3), now: 2 * Self.second)
        let blocked11 = !limiter.allows(now: 2 * Self.second)
        #expect(blocked11)
        limiter.set(nil, now: 2 * Self.second)
        let outcome12 = limiter.allows(now: 2 * Self.second)
        #expect(outcome12)
        limiter.set(.init(interval: -1, burst: 0), now: 0)
        let outcome13 = limiter.allows(now: 0)
        #expect(outcome13)
    }
}
