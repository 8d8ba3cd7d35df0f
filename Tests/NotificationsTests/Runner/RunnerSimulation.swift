import Catalog
import Model
import Notifier
import Runtime
import StrictYAML
import Synchronization
import TestKit
import Testing

@testable import Notifications

/// A runner on a clock that a test moves, without a thread of its own.
final class RunnerSimulation: Sendable {
    static let start: Timestamp = 1_800_000_000_000

    let clock = ManualClock(start)
    let store: MemoryStore
    let record = MemoryRecord()
    let receivers: FakeReceivers
    let registry = MetricsRegistry()
    let runner: NotifierRunner
    let events = Events()

    final class Events: Sendable {
        private let all = Mutex<[String]>([])
        var texts: [String] { all.withLock { $0 } }
        func add(_ text: String) { all.withLock { $0.append(text) } }
    }

    static let one = """
        route: {receiver: ops, group_by: [alertname], group_wait: 1s, group_interval: 2s, repeat_interval: 1h}
        receivers: [{name: ops, webhook_configs: [{url: 'http://hook'}]}]
        """

    init(
        _ configuration: String = one, store: MemoryStore = MemoryStore(), receivers: FakeReceivers = FakeReceivers(), at time: Timestamp = start
    ) throws {
        clock.set(time)
        self.store = store
        self.receivers = receivers
        let ids = Mutex(0)
        let environment = NotifierRunner.Environment(
            clock: clock, store: store, recording: record, externalAddress: "http://us",
            newID: {
                ids.withLock { count in
                    count += 1
                    return "id\(count)"
                }
            }
        ) { [events] in events.add("\($0)") }
        runner = try NotifierRunner(environment, try Self.plan(configuration), receivers, registry)
    }

    static func plan(_ text: String) throws -> NotifierPlan {
        NotifierPlan(try NotifierConfiguration.read(Array(text.utf8), file: "am.yml", zones: .none))
    }

    static func alert(_ name: String, _ more: [String: String] = [:], since seconds: Double = 0, resolvedAt end: Double? = nil) -> Alert {
        let labels = Labels((more.map { ($0.key, $0.value) } + [("alertname", name)]).map { (name: $0.0, value: $0.1) })
        return Alert(
            labels: labels, startsAt: start + Int64(seconds * 1000), endsAt: end.map { start + Int64($0 * 1000) } ?? start + 86_400_000,
            updatedAt: start)
    }

    /// Moves the clock, doing what is due at each second on the way, and waits for attempts that end at once.
    func advance(to seconds: Double) async {
        let end = Self.start + Int64(seconds * 1000)
        while clock.now() < end {
            clock.set(min(end, clock.now() + 500))
            await settle()
        }
    }

    /// Works until nothing more happens without the clock.
    func settle() async {
        var idle = 0
        while idle < 3 {
            let before = (runner.pendingCount, receivers.attempts.count, runner.runningCount)
            runner.work()
            for _ in 0..<20 { await Task.yield() }
            let open = receivers.openCount
            // An attempt that is running but not open at the receiver is about to end, or to begin.
            let isQuiet = runner.pendingCount == 0 && runner.runningCount == open && before.1 == receivers.attempts.count
            idle = isQuiet ? idle + 1 : 0
        }
    }
}
