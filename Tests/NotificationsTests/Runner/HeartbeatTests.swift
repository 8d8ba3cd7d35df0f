import ClientConfiguration
import Model
import Notifier
import Runtime
import Synchronization
import TestKit
import Testing

@testable import Notifications

/// The heartbeat on a clock that a test moves, beside parts that it starts and stops.
struct HeartbeatTests {
    private final class Outside: HeartbeatCalling {
        private let calls = Mutex(0)
        var count: Int { calls.withLock { $0 } }
        func call(_ address: Secret) async throws { calls.withLock { $0 += 1 } }
    }

    private final class Parts: Sendable {
        private let counts = Mutex(Dictionary(uniqueKeysWithValues: PartProgress.Part.allCases.map { ($0, 0) }))
        private let stopped = Mutex<Set<PartProgress.Part>>([])
        private let idle: Set<PartProgress.Part>
        private let intervals: [PartProgress.Part: Int64]

        init(idle: Set<PartProgress.Part> = [], intervals: [PartProgress.Part: Int64] = [:]) {
            self.idle = idle
            self.intervals = intervals
        }

        func stop(_ part: PartProgress.Part) { stopped.withLock { _ = $0.insert(part) } }
        func resume(_ part: PartProgress.Part) { stopped.withLock { _ = $0.remove(part) } }

        /// A second goes by.
        func pass(_ second: Int) {
            let stopped = stopped.withLock { $0 }
            counts.withLock { counts in
                for part in PartProgress.Part.allCases where !stopped.contains(part) {
                    if second % Int((intervals[part] ?? 1000) / 1000) == 0 { counts[part, default: 0] += 3 }
                }
            }
        }

        var progress: PartProgress {
            let counts = counts.withLock { $0 }
            var readings: [PartProgress.Part: PartProgress.Reading] = [:]
            for part in PartProgress.Part.allCases where !idle.contains(part) {
                readings[part] = PartProgress.Reading(count: counts[part] ?? 0, interval: intervals[part] ?? 1000)
            }
            return PartProgress(readings)
        }
    }

    private static let interval = 10

    private struct Run {
        let clock = ManualClock(1_800_000_000_000)
        let outside = Outside()
        let parts: Parts
        let heartbeat: Heartbeat
        var second = 0

        init(_ parts: Parts = Parts()) {
            self.parts = parts
            heartbeat = Heartbeat(outside, clock, MetricsRegistry()) { parts.progress }
            heartbeat.use(HeartbeatSettings(address: Secret("http://x"), interval: Int64(HeartbeatTests.interval) * 1000))
        }

        /// Beats at each interval; gives how often it was heard outside meanwhile.
        mutating func pass(_ seconds: Int) async -> Int {
            let before = outside.count
            for _ in 0..<seconds {
                second += 1
                clock.set(clock.now() + 1000)
                parts.pass(second)
                if second % HeartbeatTests.interval == 0 { await heartbeat.beat() }
            }
            return outside.count - before
        }
    }

    @Test("it beats while everything goes on")
    func beats() async {
        var run = Run()
        _ = await run.pass(20)
        #expect(await run.pass(100) == 10)
    }

    @Test("when one of the four stops, the beat stops within two intervals, and comes back with it", arguments: PartProgress.Part.allCases)
    func stops(_ part: PartProgress.Part) async {
        var run = Run()
        _ = await run.pass(40)
        run.parts.stop(part)
        #expect(await run.pass(2 * Self.interval) <= 1)
        #expect(await run.pass(100) == 0)
        run.parts.resume(part)
        _ = await run.pass(2 * Self.interval)
        #expect(await run.pass(50) == 5)
    }

    @Test("it does not beat before everything has begun")
    func start() async {
        var run = Run()
        run.parts.stop(.scrapes)
        #expect(await run.pass(100) == 0)
    }

    @Test("a part without anything to do does not stop it", arguments: [PartProgress.Part.scrapes, .appends, .evaluations])
    func idle(_ part: PartProgress.Part) async {
        var run = Run(Parts(idle: [part]))
        _ = await run.pass(20)
        #expect(await run.pass(50) == 5)
    }

    @Test("a part that works more rarely than the heart beats has two of its own intervals")
    func rare() async {
        var run = Run(Parts(intervals: [.evaluations: 60_000]))
        _ = await run.pass(130)
        #expect(await run.pass(300) == 30)
        run.parts.stop(.evaluations)
        _ = await run.pass(120)
        #expect(await run.pass(100) == 0)
    }
}
