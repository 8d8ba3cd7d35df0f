import Model
import Synchronization
import TSDB

/// Finds the state of pending alerts again after a restart, in the series `ALERTS_FOR_STATE` that the run before has written.
struct AlertRestoring {
    let source: any SeriesSource
    let now: Timestamp
    let outageTolerance: Int64
    let gracePeriod: Int64

    /// Sets since when the table's alerts have been active. Alerts of a rule with a `for` shorter than the grace period begin anew.
    func restore(_ table: inout AlertTable) throws {
        guard table.hold >= gracePeriod, table.activeCount > 0 else { return }
        let last = try lastSamples(table.texts.shared)
        if last.isEmpty { return }
        let hold = table.hold
        table.update { alert in
            guard let sample = last[alert.labels], !StaleMarker.isStale(sample.value) else { return }
            alert.activeAt = activeAt(sample, hold: hold)
        }
    }

    /// An alert as the run before has left it.
    struct Before {
        /// The last sample of the series that says since when it is active.
        let sample: Sample
        let wasFiring: Bool
    }

    /// The alerts that were active when the run before ended.
    func alertsBefore(_ table: AlertTable) throws -> [Labels: Before] {
        let samples = try lastSamples(table.texts.shared).filter { !StaleMarker.isStale($0.value.value) }
        if samples.isEmpty { return [:] }
        let states = try lastSamples(table.texts.shared, Alert.seriesName)
        return Dictionary(
            uniqueKeysWithValues: samples.map { labels, sample in
                let firing = states[labels.setting(Alert.stateLabel, AlertState.firing.name)]
                return (labels, Before(sample: sample, wasFiring: firing.map { !StaleMarker.isStale($0.value) } ?? false))
            })
    }

    /// Since when an alert counts as active that goes on without data. Where one with data would begin anew, as its `for` is short, nothing is put off.
    func silentSince(_ before: Before, hold: Int64) -> Timestamp {
        let isPutOff = hold >= gracePeriod && !before.wasFiring
        return isPutOff ? activeAt(before.sample, hold: hold) : Self.activeSince(before.sample)
    }

    /// The last sample of each of the rule's series of a name, by the labels of its alert.
    private func lastSamples(_ shared: Labels, _ name: String = Alert.stateSeriesName) throws -> [Labels: Sample] {
        var matchers = [Matcher(name: Labels.metricName, equals: name)]
        matchers += shared.map { Matcher(name: $0.name, equals: $0.value) }
        let from = now - outageTolerance
        let set = try source.select(Selection(matchers: matchers, from: from, through: now))
        let column = SampleColumn()
        var last: [Labels: Sample] = [:]
        for index in 0..<set.count {
            column.removeAll()
            try set.read(index, from: from, through: now, into: column)
            guard column.count > 0 else { continue }
            let end = column.count - 1
            last[set.labels(index).droppingMetricName()] = Sample(time: column.times[end], value: column.values[end])
        }
        return last
    }

    /// Since when an alert counts as active of which a sample tells when the last run has last written it, and since when it was active then.
    private func activeAt(_ sample: Sample, hold: Int64) -> Timestamp {
        let (downAt, before) = (Self.wholeSeconds(sample.time), Self.activeSince(sample))
        let remaining = hold - (downAt - before)
        // It was firing: the next evaluation lets it fire again.
        if remaining <= 0 { return before }
        // Nobody may have had the time to see to it.
        if remaining < gracePeriod { return now + gracePeriod - hold }
        // The outage does not count.
        return before + (now - downAt)
    }

    private static func activeSince(_ sample: Sample) -> Timestamp {
        abs(sample.value) < 1e15 ? Int64(sample.value) * 1000 : wholeSeconds(sample.time)
    }

    /// As the value has.
    private static func wholeSeconds(_ time: Timestamp) -> Timestamp { time.quotientAndRemainder(floorDividingBy: 1000).quotient * 1000 }
}

extension RuleRunner {
    /// Restores the alerts' state, once; from then on their series are written.
    func restore(_ evaluation: Evaluation, _ environment: RuleEnvironment) {
        // A rule that a reload has brought has nothing to restore.
        guard let alerting, !state.withLock({ $0.isRestored }) else { return }
        defer { state.withLock { $0.isRestored = true } }
        let restoring = AlertRestoring(
            source: environment.source, now: environment.clock.now(), outageTolerance: environment.options.outageTolerance,
            gracePeriod: environment.options.forGracePeriod)
        do {
            var before: [Labels: AlertRestoring.Before] = [:]
            try changeTable { _, table in
                try restoring.restore(&table)
                if alerting.noData != .resolve { before = try restoring.alertsBefore(table) }
            }
            // To keep there is only what there was; what is missed may be what had no alert.
            guard !before.isEmpty || alerting.noData == .alert, let silent = try silentSeries(evaluation, environment) else { return }
            changeTable { state, table in restoreSilent(silent, before, &state, &table, restoring, evaluation, environment) }
        } catch {
            environment.report(.notRestored(group: evaluation.group.key, rule: rule.name, reason: "\(error)"))
        }
    }

    /// Changes the alerts where they are.
    private func changeTable(_ body: (inout State, inout AlertTable) throws -> Void) rethrows {
        try state.withLock { state in
            guard var table = state.alerts else { return }
            state.alerts = nil
            defer { state.alerts = table }
            try body(&state, &table)
        }
    }
}
