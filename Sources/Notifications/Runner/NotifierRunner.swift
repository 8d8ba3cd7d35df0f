public import Catalog
public import Model
public import Notifier
public import Runtime
import Synchronization

/// Runs a notifier: brings it alerts, orders and the time, keeps what it changes, and has its deliveries made.
///
/// All of that is done by one thread of its own, in the order in which it was asked for; who asks waits on no thread. What a batch of requests
/// changes is kept at once, and only then its deliveries begin, each a task of its own. A store that refuses holds nothing up: what it did not take
/// is offered again with what comes next.
public final class NotifierRunner: Sendable {
    /// What the runner works with.
    public struct Environment: Sendable {
        public var clock: any Clock
        public var store: any NotificationStore
        public var recording: any Recording
        /// Where the server is reached from outside, with its path.
        public var externalAddress: String
        /// Makes the IDs of silences: texts in the form of UUIDs.
        public var newID: @Sendable () -> String
        /// Told what goes wrong. Called on the runner's thread.
        public var report: @Sendable (NotifierEvent) -> Void

        public init(
            clock: any Clock, store: any NotificationStore, recording: any Recording, externalAddress: String,
            newID: @escaping @Sendable () -> String, report: @escaping @Sendable (NotifierEvent) -> Void = { _ in }
        ) {
            self.clock = clock
            self.store = store
            self.recording = recording
            self.externalAddress = externalAddress
            self.newID = newID
            self.report = report
        }
    }

    /// What makes up one request: a step of the core, and what is to be done when its changes are kept, or have been refused.
    struct Errand: Sendable {
        let step: @Sendable (inout NotifierCore, Timestamp) -> Outcome
    }

    struct Outcome {
        var steps = NotifierSteps()
        /// Comes before the deliveries of the steps.
        var before: Action?
        var after: (@Sendable () -> Void)?
    }

    enum Action {
        /// An attempt has ended.
        case free(Delivery)
        case cancel(UInt64)
        case begin(Delivery, NotifierPlan.Integration)
        case call(@Sendable () -> Void)
    }

    /// The longest time without a look at the clock, which may be set: milliseconds.
    private static let longestSleep: Int64 = 1000

    public let environment: Environment
    /// Attempts that are made at once for one integration.
    public static let mostAttemptsAtOnce = AttemptDesk.mostAtOnce

    let counters: NotifierCounters
    private let core: Mutex<NotifierCore>
    private let inbox = Mutex<[Errand]>([])
    private let desk: AttemptDesk
    private let keeping: Mutex<UnkeptChanges>
    private let wake = Semaphore()
    private let ending = Mutex<Ending?>(nil)
    private let turnCount = Atomic<Int>(0)

    /// The wish to end.
    private struct Ending {
        /// Monotonic nanoseconds: when attempts are broken off, and when they are no longer waited for.
        let breakOff: Int64
        let leave: Int64
        let done: @Sendable () -> Void
    }

    /// Reads the state that was kept. Throws what the store throws: with a state that cannot be read nothing may be sent.
    public init(_ environment: Environment, _ plan: NotifierPlan, _ sending: any DeliverySending, _ registry: MetricsRegistry = MetricsRegistry())
        throws
    {
        self.environment = environment
        let now = environment.clock.now()
        core = Mutex(NotifierCore(plan, state: try environment.store.load().resumed(at: now), at: now))
        counters = NotifierCounters(registry)
        desk = AttemptDesk(sending, environment)
        keeping = Mutex(UnkeptChanges())
        registerViews(registry)
    }

    // MARK: The thread

    /// Begins to work, on a thread of its own.
    public func start() {
        startThread { [self] in
            while true {
                let wait = work()
                if let ended = takeEnding() { return ended() }
                if wait > 0 { _ = wake.wait(nanoseconds: min(wait, Self.longestSleep) * 1_000_000) }
            }
        }
    }

    /// Ends the work. Nothing more is begun; attempts underway have so many nanoseconds to end, the rest stays queued for the next start.
    public func shutDown(within patience: Int64 = 5_000_000_000) async {
        let now = environment.clock.monotonic()
        await withCheckedContinuation { continuation in
            ending.withLock { $0 = Ending(breakOff: now + patience, leave: now + patience + patience / 2) { continuation.resume() } }
            desk.close()
            wake.signal()
        }
    }

    /// What ends the thread, once nothing is underway any more.
    private func takeEnding() -> (@Sendable () -> Void)? {
        let now = environment.clock.monotonic()
        return ending.withLock { ending in
            guard let wish = ending else { return nil }
            if now >= wish.breakOff { desk.cancelAll() }
            guard desk.isIdle || now >= wish.leave else { return nil }
            // An attempt that ended a moment ago may not be in the books yet.
            if now < wish.leave, inbox.withLock({ !$0.isEmpty }) { return nil }
            return wish.done
        }
    }

    /// How often the thread has gone through its work. It stands still only if the thread does.
    public var turns: Int { turnCount.load(ordering: .relaxed) }

    func submit(_ errand: Errand) {
        inbox.withLock { $0.append(errand) }
        wake.signal()
    }

    /// Does what was asked for and what is due. Returns how many milliseconds nothing will be due if nobody asks for anything.
    ///
    /// Only one thread at a time may call it: the runner's own or, on a clock of its own, a test's.
    @discardableResult
    func work() -> Int64 {
        let errands = inbox.withLock { inbox in
            defer { inbox = [] }
            return inbox
        }
        let now = environment.clock.now()
        var changes: [NotifierChange] = []
        var actions: [Action] = []
        let next = core.withLock { core in
            for errand in errands { Self.take(errand.step(&core, now), core.plan, &changes, &actions) }
            if let due = core.nextStep, due <= now { Self.take(Outcome(steps: core.advance(to: now)), core.plan, &changes, &actions) }
            return core.nextStep
        }
        keep(changes)
        for action in actions { desk.carryOut(action) { [weak self] in self?.ended($0, $1, took: $2) } }
        turnCount.add(1, ordering: .relaxed)
        return max(0, min(next.map { $0 - now } ?? Self.longestSleep, Self.longestSleep))
    }

    private static func take(_ outcome: Outcome, _ plan: NotifierPlan, _ changes: inout [NotifierChange], _ actions: inout [Action]) {
        changes += outcome.steps.changes
        if let before = outcome.before { actions.append(before) }
        actions += outcome.steps.cancelled.map(Action.cancel)
        for delivery in outcome.steps.deliveries {
            if let integration = plan.integrations[delivery.key.integration] { actions.append(.begin(delivery, integration)) }
        }
        if let after = outcome.after { actions.append(.call(after)) }
    }

    /// Keeps changes, and those before them that were refused.
    private func keep(_ changes: [NotifierChange]) {
        keeping.withLock { unkept in
            unkept.add(changes)
            guard !unkept.isEmpty else { return }
            do {
                try environment.store.commit(unkept.all)
                if unkept.wasRefused { environment.report(.keptAgain(changes: unkept.count)) }
                unkept = UnkeptChanges()
            } catch {
                counters.refusedCommits.increment()
                if !unkept.wasRefused { environment.report(.notKept(reason: "\(error)")) }
                unkept.wasRefused = true
            }
        }
    }

    /// Changes that the store has not taken yet.
    var unkeptCount: Int { keeping.withLock(\.count) }
    /// Requests that the thread has not seen yet.
    var pendingCount: Int { inbox.withLock(\.count) }
    /// Attempts that are being made.
    var runningCount: Int { desk.runningCount }

    // MARK: Attempts

    /// An attempt has ended; called from its task.
    private func ended(_ delivery: Delivery, _ outcome: DeliveryOutcome, took nanoseconds: Int64) {
        submit(
            Errand { [self] core, now in
                note(delivery, outcome, took: nanoseconds, at: now)
                return Outcome(steps: core.finish(delivery.id, outcome, at: now), before: .free(delivery))
            })
    }

    private func note(_ delivery: Delivery, _ outcome: DeliveryOutcome, took nanoseconds: Int64, at now: Timestamp) {
        counters.count(delivery, outcome, seconds: Double(nanoseconds) / 1e9)
        let record = AttemptRecord(delivery, outcome, at: now, milliseconds: nanoseconds / 1_000_000)
        environment.recording.record(.attempt(record))
        if record.outcome != .accepted { environment.report(.notDelivered(record)) }
    }

    // MARK: Views

    /// What the notifier is like now. `body` must be short: the runner's thread waits.
    public func view<Answer>(_ body: (NotifierCore, Timestamp) -> Answer) -> Answer {
        let now = environment.clock.now()
        return core.withLock { body($0, now) }
    }
}

/// What goes wrong with notifications, for the log.
public enum NotifierEvent: Sendable, CustomStringConvertible {
    case notKept(reason: String)
    case keptAgain(changes: Int)
    case notDelivered(AttemptRecord)

    public var description: String {
        switch self {
        case .notKept(let reason): "what the notifier does cannot be kept for now, it goes on in memory: \(reason)"
        case .keptAgain(let changes): "what the notifier does is kept again, with \(changes) changes that had to wait"
        case .notDelivered(let attempt):
            "\(attempt.receiver)/\(attempt.integration): attempt \(attempt.attempt) at notification \(attempt.delivery) "
                + (attempt.outcome == .refused ? "was refused for good: " : "failed: ") + attempt.detail
        }
    }
}
