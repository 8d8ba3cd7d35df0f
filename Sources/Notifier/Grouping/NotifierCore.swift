public import Model

/// The notifier as a state machine: alerts, silences, outcomes and the time come in; deliveries and changes to be kept go out. It waits for
/// nothing and asks no clock, so that a week passes as fast as its steps are taken.
///
/// One thread at a time. After each call the owner keeps the changes, begins the deliveries, reports how each ended with `finish`, and calls
/// `advance` at `nextStep`.
public struct NotifierCore: Sendable {
    enum Timer: Sendable {
        case flush(GroupID)
        case retry(UInt64)
        /// A delivery to an integration that is no longer there goes.
        case abandon(UInt64)
        /// Groups without alerts go.
        case sweepGroups
        /// Resolved alerts go.
        case sweepAlerts
        /// Expired silences and entries of the log go.
        case sweepRecords
    }

    /// How often a group gives way before it is told of whatever else there is to tell.
    static let mostTimesGivenWay = 3

    /// How often each sweep is done, milliseconds, as in Alertmanager.
    static let (groupSweep, alertSweep, recordSweep): (Int64, Int64, Int64) = (30_000, 1_800_000, 900_000)

    public private(set) var plan: NotifierPlan
    public internal(set) var silences: Silences
    public internal(set) var log: NotificationLog
    public var retries = RetryPolicy()
    var alerts = AlertStore()
    var inhibitor: Inhibitor
    var groups: [GroupID: AggregationGroup] = [:]
    var timers = TimerQueue<Timer>()
    var deliveries: [UInt64: Delivery] = [:]
    /// The group each delivery came from, as long as it is there.
    var origins: [UInt64: GroupID] = [:]
    private var nextDelivery: UInt64

    /// Goes on from a state. What was underway is begun again by the first `advance`.
    public init(_ plan: NotifierPlan, state: NotifierState = NotifierState(), at now: Timestamp) {
        self.plan = plan
        silences = Silences(state.silences)
        log = NotificationLog(state.log)
        inhibitor = Inhibitor(plan.inhibitRules)
        nextDelivery = max(state.nextDelivery, (state.deliveries.map(\.id).max() ?? 0) + 1)
        for delivery in state.deliveries {
            let isWanted = plan.integrations[delivery.key.integration] != nil
            if isWanted { deliveries[delivery.id] = delivery }
            timers.set(isWanted ? .retry(delivery.id) : .abandon(delivery.id), at: now)
        }
        for alert in state.alerts { route(alerts.take(alert, at: now), at: now) }
        adoptDeliveries()
        setSweeps(at: now)
    }

    private mutating func setSweeps(at now: Timestamp) {
        timers.set(.sweepGroups, at: now.later(by: Self.groupSweep))
        timers.set(.sweepAlerts, at: now.later(by: Self.alertSweep))
        timers.set(.sweepRecords, at: now.later(by: Self.recordSweep))
    }

    /// Deliveries from before belong to the groups that have their keys.
    private mutating func adoptDeliveries() {
        for (id, delivery) in deliveries {
            guard
                let group = groups.values.first(where: { $0.key == delivery.key.group && plan.receiver(of: $0) == delivery.key.integration.receiver })
            else { continue }
            groups[group.id]?.underway[delivery.key.integration] = id
            origins[id] = group.id
        }
    }

    /// Works by another configuration from now on. Groups begin anew; what was told, and what is underway to an integration that is still
    /// there, stays.
    public mutating func reload(_ plan: NotifierPlan, at now: Timestamp) -> NotifierSteps {
        self.plan = plan
        var steps = NotifierSteps()
        inhibitor = Inhibitor(plan.inhibitRules)
        groups = [:]
        origins = [:]
        timers = TimerQueue()
        for (id, delivery) in deliveries.sorted(by: { $0.key < $1.key }) {
            guard plan.integrations[delivery.key.integration] == nil else {
                timers.set(.retry(id), at: now)
                continue
            }
            deliveries[id] = nil
            steps.cancelled.append(id)
            steps.changes.append(.ended(delivery: id))
        }
        for alert in alerts.alerts.values.sorted(by: { $0.labels < $1.labels }) { route(alert, at: now) }
        adoptDeliveries()
        setSweeps(at: now)
        runDueTimers(at: now, &steps)
        return steps
    }

    // MARK: What comes in

    /// Takes alerts, new or known ones.
    public mutating func receive(_ received: [Alert], at now: Timestamp) -> NotifierSteps {
        var steps = NotifierSteps()
        for alert in received {
            let known = alerts.take(alert, at: now)
            steps.changes.append(.alert(known))
            route(known, at: now)
        }
        runDueTimers(at: now, &steps)
        return steps
    }

    /// When `advance` is to be called next.
    public var nextStep: Timestamp? { timers.next }

    /// Does what is due.
    public mutating func advance(to now: Timestamp) -> NotifierSteps {
        var steps = NotifierSteps()
        runDueTimers(at: now, &steps)
        return steps
    }

    /// Takes how an attempt at a delivery ended.
    public mutating func finish(_ id: UInt64, _ outcome: DeliveryOutcome, at now: Timestamp) -> NotifierSteps {
        var steps = NotifierSteps()
        guard let delivery = deliveries[id] else { return steps }
        switch outcome {
        case .failed(_, let asked):
            timers.set(.retry(id), at: now.later(by: retries.delay(after: delivery.attempts, id: id, asked: asked)))
            return steps
        case .accepted:
            end(delivery, failed: false, &steps)
            steps.changes.append(.logged(logged(delivery, at: now)))
        case .refused:
            end(delivery, failed: true, &steps)
        }
        return steps
    }

    /// Sets a silence; see `Silences.set`.
    public mutating func set(
        _ silence: Silence, at now: Timestamp, newID: @autoclosure () -> String
    ) throws(SilenceError) -> (silence: Silence, steps: NotifierSteps) {
        let changed = try silences.set(silence, at: now, newID: newID())
        var steps = NotifierSteps()
        steps.changes = changed.map(NotifierChange.silence)
        return (changed.last ?? silence, steps)
    }

    /// Ends a silence.
    public mutating func expireSilence(_ id: String, at now: Timestamp) throws(SilenceError) -> NotifierSteps {
        let silence = try silences.expire(id, at: now)
        var steps = NotifierSteps()
        steps.changes = [.silence(silence)]
        return steps
    }

    /// What has not arrived yet, the oldest first.
    public var queue: [Delivery] { deliveries.values.sorted { $0.id < $1.id } }

    // MARK: What is kept

    /// All that must outlive a restart.
    public var state: NotifierState {
        NotifierState(
            silences: silences.all, log: Array(log.entries.values), deliveries: queue,
            alerts: Array(alerts.alerts.values), nextDelivery: nextDelivery)
    }

    mutating func makeDeliveryID() -> UInt64 {
        defer { nextDelivery += 1 }
        return nextDelivery
    }

    mutating func logged(_ delivery: Delivery, at now: Timestamp) -> LogEntry {
        log.set(delivery.key, firing: delivery.firing, resolved: delivery.resolved, at: now, repeatInterval: delivery.repeatInterval)
    }

    /// Takes a delivery off the queue.
    mutating func end(_ delivery: Delivery, failed: Bool, _ steps: inout NotifierSteps) {
        deliveries[delivery.id] = nil
        steps.changes.append(.ended(delivery: delivery.id))
        guard let origin = origins.removeValue(forKey: delivery.id), groups[origin]?.underway[delivery.key.integration] == delivery.id else {
            return
        }
        groups[origin]?.underway[delivery.key.integration] = nil
        if failed { groups[origin]?.lastFlushFailed = true }
        groups[origin]?.settle()
    }
}
