import Model

extension NotifierCore {
    // MARK: Into groups

    /// Puts an alert into its groups. A resolved one too: it may be that a group tells of its end.
    mutating func route(_ alert: Alert, at now: Timestamp) {
        inhibitor.note(alert)
        for route in plan.tree.matches(alert.labels) {
            let id = GroupID(route: route, labels: plan.tree.groupLabels(of: alert.labels, at: route))
            if groups[id] == nil { begin(id, with: alert, at: now) }
            groups[id]?.alerts[alert.fingerprint] = alert
        }
    }

    private mutating func begin(_ id: GroupID, with alert: Alert, at now: Timestamp) {
        groups[id] = AggregationGroup(id: id, key: plan.tree.groupKey(of: id.labels, at: id.route), nextFlush: now)
        let options = plan.tree.nodes[id.route].options
        // What has been firing for longer than the wait has waited enough.
        let hasWaited = alert.startsAt.later(by: options.groupWait) < now
        schedule(id, at: options.digest?.next(after: now) ?? (hasWaited ? now : now.later(by: options.groupWait)))
    }

    private mutating func schedule(_ id: GroupID, at time: Timestamp) {
        groups[id]?.nextFlush = time
        timers.set(.flush(id), at: time)
    }

    // MARK: Time

    mutating func runDueTimers(at now: Timestamp, _ steps: inout NotifierSteps) {
        while let timer = timers.take(dueAt: now) {
            switch timer {
            case .flush(let id): flush(id, at: now, &steps)
            case .retry(let id): attempt(id, &steps)
            case .abandon(let id): steps.changes.append(.ended(delivery: id))
            case .sweepGroups: sweepGroups(at: now)
            case .sweepAlerts: sweepAlerts(at: now, &steps)
            case .sweepRecords: sweepRecords(at: now, &steps)
            }
        }
    }

    private mutating func sweepGroups(at now: Timestamp) {
        groups = groups.filter { !$0.value.alerts.isEmpty || !$0.value.underway.isEmpty }
        timers.set(.sweepGroups, at: now.later(by: Self.groupSweep))
    }

    private mutating func sweepAlerts(at now: Timestamp, _ steps: inout NotifierSteps) {
        steps.changes += alerts.purge(at: now, keeping: awaitingDigest).map(NotifierChange.alertForgotten)
        inhibitor.purge(at: now)
        timers.set(.sweepAlerts, at: now.later(by: Self.alertSweep))
    }

    /// What a digest is still to tell, also after a restart.
    private var awaitingDigest: Set<Fingerprint> {
        Set(groups.values.filter { plan.tree.nodes[$0.id.route].options.digest != nil }.flatMap(\.alerts.keys))
    }

    private mutating func sweepRecords(at now: Timestamp, _ steps: inout NotifierSteps) {
        steps.changes += silences.purge(at: now).map { .silenceForgotten(id: $0.id) }
        steps.changes += log.purge(at: now).map(NotifierChange.logForgotten)
        timers.set(.sweepRecords, at: now.later(by: Self.recordSweep))
    }

    private mutating func attempt(_ id: UInt64, _ steps: inout NotifierSteps) {
        guard var delivery = deliveries[id] else { return }
        delivery.attempts += 1
        deliveries[id] = delivery
        steps.deliveries.append(delivery)
    }

    // MARK: Flushing

    private mutating func flush(_ id: GroupID, at now: Timestamp, _ steps: inout NotifierSteps) {
        // The group may be gone, or its timer may have been set anew.
        guard let group = groups[id], group.nextFlush <= now else { return }
        let options = plan.tree.nodes[id.route].options
        if let later = timeToGiveWay(group, options, at: now) {
            groups[id]?.timesGivenWay += 1
            return schedule(id, at: later)
        }
        groups[id]?.timesGivenWay = 0
        schedule(id, at: options.digest?.next(after: now) ?? now.later(by: options.groupInterval))
        guard !group.alerts.isEmpty else { return }
        groups[id]?.settling = group.alerts.filter { $0.value.isResolved(at: now) }
        groups[id]?.lastFlushFailed = false
        let items = toldItems(of: group, options, at: now)
        if !items.isEmpty {
            for integration in plan.receivers[options.receiver] ?? [] { tell(integration, id, items, options, at: now, &steps) }
        }
        groups[id]?.settle()
    }

    /// When a group is to be looked at instead, because its receiver was told of another a moment ago. Not again and again: those others may go on.
    private func timeToGiveWay(_ group: AggregationGroup, _ options: RouteTree.Options, at now: Timestamp) -> Timestamp? {
        guard options.pause > 0, group.timesGivenWay < Self.mostTimesGivenWay else { return nil }
        func isOther(_ key: LogKey) -> Bool { sameBytes(key.integration.receiver, options.receiver) && !sameBytes(key.group, group.key) }
        let told = log.entries.values.filter { isOther($0.key) }.map(\.time) + deliveries.values.filter { isOther($0.key) }.map(\.time)
        return told.max().map { $0.later(by: options.pause) }.flatMap { $0 > now ? $0 : nil }
    }

    /// What of a group is told at all.
    private func toldItems(of group: AggregationGroup, _ options: RouteTree.Options, at now: Timestamp) -> [Delivery.Item] {
        let items = group.items(at: now).filter { !inhibitor.inhibits($0.labels, at: now) }
        if items.isEmpty || plan.muting(options, at: now) != nil { return [] }
        return items.filter { !silences.silences($0.labels, at: now) }
    }

    private mutating func tell(
        _ integration: NotifierPlan.Integration, _ id: GroupID, _ items: [Delivery.Item], _ options: RouteTree.Options, at now: Timestamp,
        _ steps: inout NotifierSteps
    ) {
        guard let group = groups[id] else { return }
        let firing = Set(items.filter { $0.endsAt == nil }.map(\.fingerprint))
        let resolved = Set(items.filter { $0.endsAt != nil }.map(\.fingerprint))
        let key = LogKey(group: group.key, integration: integration.key)
        let pending = group.underway[integration.key].flatMap { deliveries[$0] }
        // What is underway already says the same.
        if let pending, pending.firing == firing, pending.resolved == resolved { return }
        let reason =
            options.digest == nil
            ? log.reason(
                key, firing: firing, resolved: resolved, sendsResolved: integration.sendsResolved, repeatInterval: options.repeatInterval, at: now)
            : .digest
        guard let reason else {
            // What is underway has never arrived and still is to be told. What has changed since is for the next flush.
            if pending != nil { groups[id]?.lastFlushFailed = true }
            return
        }
        if let pending { overtake(pending, &steps) }
        let told = integration.sendsResolved ? items : items.filter { $0.endsAt == nil }
        let delivery = Delivery(
            id: makeDeliveryID(), key: key, groupLabels: group.id.labels, items: told, reason: reason, time: now,
            repeatInterval: options.repeatInterval, firing: firing, resolved: resolved)
        if told.isEmpty {
            // Who wants to hear nothing of this has heard it.
            steps.changes.append(.logged(logged(delivery, at: now)))
        } else {
            queue(delivery, from: id, &steps)
        }
    }

    private mutating func queue(_ delivery: Delivery, from id: GroupID, _ steps: inout NotifierSteps) {
        deliveries[delivery.id] = delivery
        origins[delivery.id] = id
        groups[id]?.underway[delivery.key.integration] = delivery.id
        steps.changes.append(.queued(delivery))
        attempt(delivery.id, &steps)
    }

    /// A newer delivery says all that this one would have.
    private mutating func overtake(_ pending: Delivery, _ steps: inout NotifierSteps) {
        deliveries[pending.id] = nil
        origins[pending.id] = nil
        steps.cancelled.append(pending.id)
        steps.changes.append(.ended(delivery: pending.id))
    }
}
