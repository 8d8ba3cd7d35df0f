import Runtime
import Synchronization
import TSDB

/// A log on disk: lines are gathered in memory, and written a moment later on a thread of its own.
///
/// A line is in the file a fifth of a second after it was appended, or when `use` returns; without lines nothing wakes up.
final class LineFile: Sendable {
    private static let delay: Int64 = 200_000_000
    /// Bytes that wait at most: a disk that is stuck must not fill the memory.
    private static let most = 8 << 20

    private struct State {
        var file: (any File)?
        var waiting: [UInt8] = []
    }

    /// Counts lines that could not be written.
    private let failures: Counter
    private let timer: TimerThread
    private let state = Mutex(State())
    /// Held while the file is written, so that lines stay in order. True if the last write may have ended within a line.
    private let writing = Mutex(false)

    init(_ timer: TimerThread, failures: Counter) {
        self.timer = timer
        self.failures = failures
    }

    /// Writes to `file` from now on; to none if it is nil. What was appended before is in the file of before when this returns.
    func use(_ file: (any File)?) {
        flush()
        writing.withLock { $0 = false }
        state.withLock { $0.file = file }
    }

    func append(_ line: [UInt8]) {
        let isFirst: Bool? = state.withLock { state in
            guard state.file != nil, state.waiting.count + line.count <= Self.most else { return nil }
            state.waiting += line
            return state.waiting.count == line.count
        }
        switch isFirst {
        case true?: timer.set(after: Self.delay) { [self] in flush() }
        case nil: failures.increment()
        case false?: break
        }
    }

    /// Writes what waits.
    func flush() {
        writing.withLock { isTorn in
            let (file, lines) = state.withLock { state in
                defer { state.waiting = [] }
                return (state.file, state.waiting)
            }
            guard let file, !lines.isEmpty else { return }
            do {
                try file.append(isTorn ? [UInt8(ascii: "\n")] + lines : lines)
                isTorn = false
            } catch {
                isTorn = true
                failures.increment(by: lines.count { $0 == UInt8(ascii: "\n") })
            }
        }
    }
}
