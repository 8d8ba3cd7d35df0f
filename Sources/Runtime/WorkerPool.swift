import CLinux
import Glibc
import Synchronization

/// A fixed number of threads that take blocking and long work off the event loops and the cooperative pool, with a bounded queue.
///
/// Of several idle threads the one that became idle last gets the next job: what it used is still in a core's cache, and the others need no memory.
public final class WorkerPool: Sendable {
    /// The queue is full: the caller should refuse the work.
    public struct Full: Error, CustomStringConvertible {
        public let pool: String
        public let limit: Int
        public var description: String { "\(pool): \(limit) jobs are already waiting" }
    }

    /// Where an idle thread sleeps.
    private struct Bed {
        let sleeper = martlet_thread_number()
        let bell = Semaphore()
    }

    private struct Queue {
        var idle: [Bed] = []
        var jobs: [@Sendable () -> Void] = []
        var next = 0
        var waiting: Int { jobs.count - next }

        mutating func take() -> (@Sendable () -> Void)? {
            guard next < jobs.count else { return nil }
            let job = jobs[next]
            next += 1
            if next == jobs.count {
                jobs.removeAll(keepingCapacity: true)
                next = 0
            } else if next > 1024 {
                jobs.removeFirst(next)
                next = 0
            }
            return job
        }
    }

    private let name: String
    private let limit: Int
    private let worksBesideSubmitter: Bool
    public let threads: Int
    private let queue = Mutex(Queue())

    /// Threads live as long as the process; `name` (at most 15 bytes) is what profilers show.
    ///
    /// - Parameter besideSubmitter: the jobs are parts of what the submitting thread goes on with. Linux lets a thread wake up on the core it slept
    ///   on, also behind the one that has woken it: where few cores share a cache it does not look whether another is idle, for milliseconds.
    public init(name: String, threads: Int, queueLimit: Int, besideSubmitter: Bool = false) {
        self.name = name
        self.threads = threads
        limit = queueLimit
        worksBesideSubmitter = besideSubmitter
        for _ in 0..<threads { startThread { [self] in work() } }
    }

    /// Runs `job` on one of the threads. Throws `Full` if too much is waiting, or what `job` throws.
    public func run<R: Sendable>(_ job: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            let accepted = submit { continuation.resume(with: Result(catching: job)) }
            if !accepted { continuation.resume(throwing: Full(pool: name, limit: limit)) }
        }
    }

    /// Has `job` run on one of the threads; false if too much is waiting.
    @discardableResult
    public func submit(_ job: @escaping @Sendable () -> Void) -> Bool {
        let (accepted, bed) = queue.withLock { queue in
            guard queue.waiting < limit else { return (false, nil as Bed?) }
            queue.jobs.append(job)
            return (true, queue.idle.popLast())
        }
        if let bed {
            if worksBesideSubmitter { martlet_run_beside(bed.sleeper) }
            bed.bell.signal()
        }
        return accepted
    }

    private func work() {
        martlet_name_thread(name)
        let bed = Bed()
        while true {
            let job = queue.withLock { queue in
                let job = queue.take()
                if job == nil { queue.idle.append(bed) }
                return job
            }
            if let job { job() } else { bed.bell.wait() }
        }
    }
}

/// A counting semaphore for threads (never for async code).
public final class Semaphore: @unchecked Sendable {
    // The semaphore's memory never moves and is only touched through the sem_ calls.
    private let raw: UnsafeMutablePointer<sem_t>

    public init(_ value: UInt32 = 0) {
        raw = .allocate(capacity: 1)
        sem_init(raw, 0, value)
    }

    deinit {
        sem_destroy(raw)
        raw.deallocate()
    }

    public func signal() { sem_post(raw) }

    public func wait() {
        while sem_wait(raw) != 0, errno == EINTR {}
    }

    /// Waits at most so long; false if the time ran out.
    public func wait(nanoseconds: Int64) -> Bool {
        var end = timespec()
        clock_gettime(CLOCK_REALTIME, &end)
        let total = Int64(end.tv_nsec) + nanoseconds
        end.tv_sec += Int(total / 1_000_000_000)
        end.tv_nsec = Int(total % 1_000_000_000)
        while sem_timedwait(raw, &end) != 0 {
            if errno != EINTR { return false }
        }
        return true
    }
}

/// Starts a detached thread.
public func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Start: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, 2 << 20)
    let start = Unmanaged.passRetained(Start(body))
    let code = pthread_create(
        &thread, &attributes,
        { argument in
            guard let argument else { return nil }
            Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
            return nil
        }, start.toOpaque())
    pthread_attr_destroy(&attributes)
    precondition(code == 0, "BUG: the system gives no more threads: \(code)")
}
