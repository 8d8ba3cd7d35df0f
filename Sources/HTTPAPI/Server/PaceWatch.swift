import NIOCore

/// Notices that a body hardly comes. Such a one may take its time, but not while others wait for the room that it has.
struct PaceWatch {
    /// Bytes a second: less than that is no sender's best.
    private static let least: Int64 = 4096

    private var timer: Scheduled<Void>?
    private var seen = 0

    /// Has `look` called once the time between two looks is over.
    mutating func start(on loop: any EventLoop, in time: TimeAmount, _ look: @escaping @Sendable () -> Void) {
        timer?.cancel()
        timer = loop.scheduleTask(in: time, look)
    }

    /// Whether there has hardly been anything since the last look, `time` ago. `count` is all that has come.
    mutating func isSlow(_ count: Int, in time: TimeAmount) -> Bool {
        defer { seen = count }
        return Int64(count - seen) < Self.least * time.nanoseconds / 1_000_000_000
    }

    mutating func stop() {
        timer?.cancel()
        timer = nil
        seen = 0
    }
}
