import Synchronization

/// How far an opening database has read its log, for whoever waits.
public final class ReplayProgress: Sendable {
    private let now = Mutex(DatabaseStatus.Replay())

    public init() {}

    public var state: DatabaseStatus.Replay { now.withLock { $0 } }

    func begin(_ segments: [Int]) {
        now.withLock { replay in
            replay.state = .inProgress
            replay.first = segments.first ?? 0
            replay.last = segments.last ?? 0
            replay.current = replay.first
        }
    }

    func reached(_ segment: Int) { now.withLock { $0.current = segment } }

    func end() {
        now.withLock { replay in
            replay.state = .done
            replay.current = replay.last
        }
    }
}
