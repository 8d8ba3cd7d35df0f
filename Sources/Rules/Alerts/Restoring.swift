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

    /// The last sample of each of the rule's series, by the labels of its alert.
    private func lastSamples(_ shared: Labels) throws -> [Labels: Sample] {
        var matchers = [Matcher(name: Labels.metricName, equals: Alert.stateSeriesName)]
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
        // Whole seconds, as the value has.
        let downAt = sample.time.quotientAndRemainder(floorDividingBy: 1000).quotient * 1000
        let before = abs(sample.value) < 1e15 ? Int64(sample.value) * 1000 : downAt
        let remaining = hold - (downAt - before)
        // It was firing: the next evaluation lets it fire again.
        if remaining <= 0 { return before }
        // Nobody may have had the time to see to it.
        if remaining < gracePeriod { return now + gracePeriod - hold }
        // The outage does not count.
        return before + (now - downAt)
    }
}

extension RuleRunner {
    /// Restores the alerts' state, once; from then on their series are written.
    func restore(_ environment: RuleEnvironment, group: String) {
        guard alerting != nil else { return }
        let restoring = AlertRestoring(
            source: environment.source, now: environment.clock.now(), outageTolerance: environment.options.outageTolerance,
            gracePeriod: environment.options.forGracePeriod)
        do {
            try state.withLock { state in
                defer { state.isRestored = true }
                guard var table = state.alerts else { return }
                state.alerts = nil
                defer { state.alerts = table }
                try restoring.restore(&table)
            }
        } catch {
            environment.report(.notRestored(group: group, rule: rule.name, reason: "\(error)"))
        }
    }
}
