import CLinux
import CPoll
import Glibc
import Runtime
import Synchronization

/// One thread that waits for sockets and for times, and runs the tasks that prefer it: what a scrape waits for and what it does next are on the same
/// thread, so that none of its steps wakes another one.
///
/// Nothing on it may take long or block: everything else it has to do waits meanwhile.
public final class ScrapeReactor: TaskExecutor, @unchecked Sendable {
    // Only `mailbox` and `thread` are touched by other threads than the reactor's own.

    /// What other threads have for this one.
    private enum Mail {
        case job(UnownedJob)
        case work(@Sendable () -> Void)
    }

    private struct Mailbox {
        var mail: [Mail] = []
        /// The thread waits, or is about to: it must be woken for mail.
        var isAsleep = false
        var received = 0
    }

    /// Jobs that are run before sockets and times are looked at again.
    private static let jobsPerTurn = 1000
    /// Nanoseconds that the first of several answers waits for the others: waking up once for each would take longer than reading a short page.
    private static let gathering: Int64 = 1_000_000

    private let mailbox = Mutex(Mailbox())
    private let thread = Atomic<UInt>(0)
    private let poll = SocketPoll()
    private var alarms = AlarmHeap()
    private var jobs: [UnownedJob] = []
    private var running: [UnownedJob] = []
    private var sockets: [UInt64: any SocketOwner] = [:]
    private var lastNumber: UInt64 = 0
    /// Answers that are being waited for. On the thread only.
    var expected = 0
    /// For tasks that run on the thread.
    let unpacker = PageUnpacker()

    /// Starts the thread, which lives as long as the process.
    public init(name: String = "scrape-io") {
        startThread { [self] in
            martlet_name_thread(name)
            thread.store(pthread_self(), ordering: .relaxed)
            while true { turn() }
        }
    }

    /// Whether the caller is on the reactor's thread.
    var isCurrent: Bool { thread.load(ordering: .relaxed) == pthread_self() }

    /// How often another thread has had something for this one.
    var mailReceived: Int { mailbox.withLock { $0.received } }

    /// How many sockets are open.
    var socketCount: Int { sockets.count }

    // MARK: What comes in

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent { jobs.append(job) } else { post(.job(job)) }
    }

    /// Has `work` done on the thread, later.
    func perform(_ work: @escaping @Sendable () -> Void) { post(.work(work)) }

    private func post(_ mail: Mail) {
        let isAsleep = mailbox.withLock { mailbox in
            mailbox.mail.append(mail)
            mailbox.received += 1
            defer { mailbox.isAsleep = false }
            return mailbox.isAsleep
        }
        if isAsleep { poll.ring() }
    }

    // MARK: On the thread

    /// Has an alarm called at a time on the monotonic clock, nanoseconds.
    func add(_ alarm: any Alarm, at time: Int64) { alarms.add(alarm, at: time) }

    /// Tells the owner of a socket what happens to it, until ``remove(_:)``. Returns the socket's number, or an errno.
    func add(_ socket: Int32, of owner: any SocketOwner) -> Result<UInt64, SocketFailure> {
        lastNumber += 1
        let code = poll.add(socket, number: lastNumber)
        guard code == 0 else { return .failure(SocketFailure(code: code)) }
        sockets[lastNumber] = owner
        return .success(lastNumber)
    }

    /// Forgets a socket, which is closed then.
    func remove(_ number: UInt64) { sockets[number] = nil }

    static func now() -> Int64 { SystemClock().monotonic() }

    /// The time in so many nanoseconds, or the last there is.
    static func time(after nanoseconds: Int64) -> Int64 {
        let (sum, overflows) = now().addingReportingOverflow(max(0, nanoseconds))
        return overflows ? .max : sum
    }

    private func turn() {
        for mail in takeMail() {
            switch mail {
            case .job(let job): jobs.append(job)
            case .work(let work): work()
            }
        }
        let now = Self.now()
        while let alarm = alarms.takeDue(now) { alarm.ring(at: now) }
        runJobs()
        var wait = jobs.isEmpty ? fallAsleep() : 0
        if expected > 1, wait < 0 || wait > Self.gathering {
            var time = timespec(tv_sec: 0, tv_nsec: Int(Self.gathering))
            nanosleep(&time, nil)
            wait = wait < 0 ? wait : wait - Self.gathering
        }
        poll.wait(nanoseconds: wait) { event in
            sockets[event.number]?.happened(canReceive: event.can_receive != 0, canSend: event.can_send != 0, isEnding: event.is_ending != 0)
        }
    }

    private func takeMail() -> [Mail] {
        mailbox.withLock { mailbox in
            mailbox.isAsleep = false
            guard !mailbox.mail.isEmpty else { return [] }
            defer { mailbox.mail = [] }
            return mailbox.mail
        }
    }

    private func runJobs() {
        var left = Self.jobsPerTurn
        while !jobs.isEmpty, left > 0 {
            swap(&jobs, &running)
            for job in running { job.runSynchronously(on: asUnownedTaskExecutor()) }
            left -= running.count
            running.removeAll(keepingCapacity: true)
        }
    }

    /// How long to wait; not at all if there is mail.
    private func fallAsleep() -> Int64 {
        let hasMail = mailbox.withLock { mailbox in
            mailbox.isAsleep = mailbox.mail.isEmpty
            return !mailbox.mail.isEmpty
        }
        if hasMail { return 0 }
        return alarms.next.map { max(0, $0 - Self.now()) } ?? -1
    }
}

/// Who is told what happens to a socket.
protocol SocketOwner: AnyObject {
    /// As far as is known: there may be something to receive, room to send, or it ends.
    func happened(canReceive: Bool, canSend: Bool, isEnding: Bool)
}

/// What the system said.
struct SocketFailure: Error {
    let code: Int32
}
