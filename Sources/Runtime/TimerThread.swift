import CLinux
import Glibc

/// Calls back at times, on one thread of its own; for deadlines, of which there are many and hardly any comes to pass.
///
/// Setting and giving up an alarm wakes nobody unless the alarm is the earliest: the thread sleeps until the earliest time it has been told of, also
/// if that alarm has been given up in the meantime, and without an alarm it sleeps for good. It begins with the first alarm.
public final class TimerThread: @unchecked Sendable {
    // `lock` guards all that changes; `changed` waits on it. Both stay where they are until the end.
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private let name: String
    private var alarms: [UInt64: (time: Int64, body: @Sendable () -> Void)] = [:]
    private var lastID: UInt64 = 0
    private var hasBegun = false
    /// When the thread will look by itself; monotonic nanoseconds.
    private var wakes = Int64.max

    /// An alarm that was set.
    public struct Alarm: Sendable {
        fileprivate let id: UInt64
    }

    /// - Parameter name: at most 15 bytes, which profilers show.
    public init(name: String) {
        self.name = name
        lock = .allocate(capacity: 1)
        changed = .allocate(capacity: 1)
        pthread_mutex_init(lock, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // A wall clock that is set must not move deadlines.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(changed, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    // Reached only if no alarm was ever set: the thread keeps what it waits for.
    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(lock)
        changed.deallocate()
        lock.deallocate()
    }

    /// Has `body` called on the thread in so many nanoseconds. It must be short.
    @discardableResult
    public func set(after nanoseconds: Int64, _ body: @escaping @Sendable () -> Void) -> Alarm {
        let (sum, overflows) = Self.now().addingReportingOverflow(max(0, nanoseconds))
        let time = overflows ? Int64.max : sum
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        lastID += 1
        alarms[lastID] = (time, body)
        if !hasBegun {
            hasBegun = true
            startThread { [self] in work() }
        } else if time < wakes {
            pthread_cond_signal(changed)
        }
        return Alarm(id: lastID)
    }

    /// Gives up an alarm; one that is being called, or was, is not affected.
    public func cancel(_ alarm: Alarm) {
        pthread_mutex_lock(lock)
        alarms[alarm.id] = nil
        pthread_mutex_unlock(lock)
    }

    private func work() {
        martlet_name_thread(name)
        pthread_mutex_lock(lock)
        while true {
            for body in takeDue() {
                pthread_mutex_unlock(lock)
                body()
                pthread_mutex_lock(lock)
            }
            wakes = alarms.values.reduce(Int64.max) { min($0, $1.time) }
            guard wakes < .max else {
                pthread_cond_wait(changed, lock)
                continue
            }
            if wakes <= Self.now() { continue }
            var end = timespec(tv_sec: Int(wakes / 1_000_000_000), tv_nsec: Int(wakes % 1_000_000_000))
            pthread_cond_timedwait(changed, lock, &end)
        }
    }

    private func takeDue() -> [@Sendable () -> Void] {
        let now = Self.now()
        let due = alarms.filter { $0.value.time <= now }.sorted { ($0.value.time, $0.key) < ($1.value.time, $1.key) }
        for (id, _) in due { alarms[id] = nil }
        return due.map(\.value.body)
    }

    private static func now() -> Int64 { SystemClock().monotonic() }
}
