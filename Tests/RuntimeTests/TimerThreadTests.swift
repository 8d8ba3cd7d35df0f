import Runtime
import Testing

struct TimerThreadTests {
    @Test("alarms come in the order of their times, also past one that is far away, and one that was given up never comes")
    func alarms() async {
        let timers = TimerThread(name: "test")
        let (calls, note) = AsyncStream.makeStream(of: String.self)
        timers.set(after: .max) { note.yield("never") }
        let cancelled = timers.set(after: 3_600_000_000_000) { note.yield("cancelled") }
        timers.set(after: 2_000_000) {
            note.yield("later")
            note.finish()
        }
        timers.set(after: 0) { note.yield("now") }
        timers.cancel(cancelled)
        #expect(await calls.reduce(into: []) { $0.append($1) } == ["now", "later"])
    }
}
