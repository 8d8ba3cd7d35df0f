import Model
import PromQL

// What `no_data` remembers is found again after a restart: alerts whose series have no data begin with no result, so that they must be put there.

/// What a rule's storage tells of series that have no data now.
struct SilentSeries {
    /// Those that have data.
    let present: [VectorSample]
    /// Of `keep`, the last results of the day before; of `alert`, when each series had data last, in seconds.
    let past: [VectorSample]
}

extension NoDataPolicy {
    /// Asks for `SilentSeries.past`; nil if the policy does not.
    ///
    /// - Parameters:
    ///   - presence: see `presence`.
    ///   - step: milliseconds from one look at the past to the next.
    func past(of expr: Expr, presence: PreparedQuery?, step: Int64) -> PreparedQuery? {
        let range = "[\(PromDuration.format(Self.memory)):\(PromDuration.format(step))]"
        switch self {
        case .resolve: return nil
        case .keep: return try? PreparedQuery("last_over_time((\(expr))\(range))", options: .everything)
        case .alert:
            return presence.flatMap { try? PreparedQuery("max_over_time(timestamp(\($0.expr))\(range))", options: .everything) }
        }
    }
}

extension RuleRunner {
    /// Nil if the rule need not know.
    func silentSeries(_ evaluation: Evaluation, _ environment: RuleEnvironment) throws(RuleFailure) -> SilentSeries? {
        guard let alerting, let presenceQuery else { return nil }
        guard let past = alerting.noData.past(of: rule.expr, presence: presenceQuery, step: max(evaluation.interval, 60_000)) else { return nil }
        return SilentSeries(
            present: try vector(presenceQuery, evaluation, environment), past: try vector(past, evaluation, environment))
    }

    /// Puts the alerts there that were active for want of data, or stayed so, when the run before ended.
    func restoreSilent(
        _ silent: SilentSeries, _ before: [Labels: AlertRestoring.Before], _ state: inout State, _ table: inout AlertTable,
        _ restoring: AlertRestoring, _ evaluation: Evaluation, _ environment: RuleEnvironment
    ) {
        let expand = { (template: String, result: VectorSample) in self.expand(template, result, evaluation, environment) }
        switch alerting?.noData {
        case .keep: keep(silent, before, &table, restoring, expand)
        case .alert: remember(silent, before, &state.presence, &table, restoring, evaluation.queryTime, expand)
        case .resolve, nil: break
        }
    }

    private func keep(
        _ silent: SilentSeries, _ before: [Labels: AlertRestoring.Before], _ table: inout AlertTable, _ restoring: AlertRestoring,
        _ expand: AlertTable.Expand
    ) {
        let having = Set(silent.present.map { table.texts.labels(of: $0, expand) })
        let results = Dictionary(silent.past.map { (table.texts.labels(of: $0, expand), $0) }) { first, _ in first }
        for (labels, alert) in before.sorted(by: { $0.key < $1.key }) where !having.contains(labels) && !table.has(labels) {
            // Where the last result is too long ago, nothing tells the value.
            let result = results[labels] ?? VectorSample(labels: table.texts.labelsWithout(labels), sample: Sample(time: restoring.now, value: .nan))
            table.restore(labels, alert, result, origin: results[labels]?.labels.droppingMetricName(), restoring, expand)
        }
    }

    private func remember(
        _ silent: SilentSeries, _ before: [Labels: AlertRestoring.Before], _ presence: inout DataPresence, _ table: inout AlertTable,
        _ restoring: AlertRestoring, _ time: Timestamp, _ expand: AlertTable.Expand
    ) {
        let having = Set(silent.present.map(\.labels))
        for seen in silent.past where !having.contains(seen.labels) {
            let result = VectorSample(labels: seen.labels, sample: Sample(time: time, value: .nan))
            let labels = table.texts.labels(of: result, expand)
            let alert = before[labels]
            presence.restore(seen.labels, seen: Timestamp(seen.sample.value * 1000), isMissed: alert != nil, at: time)
            guard let alert, !table.has(labels) else { continue }
            table.restore(labels, alert, result, origin: nil, restoring, expand)
            table.markLacking(labels)
        }
    }
}

extension AlertTexts {
    func labels(of result: VectorSample, _ expand: AlertTable.Expand) -> Labels { labels(of: result.labels) { expand($0, result) } }
}

extension AlertTable {
    func has(_ labels: Labels) -> Bool { index(of: labels) != nil }

    mutating func markLacking(_ labels: Labels) {
        if let slot = index(of: labels) { markLacking(slot) }
    }

    /// Puts an alert there as it was in the run before.
    fileprivate mutating func restore(
        _ labels: Labels, _ before: AlertRestoring.Before, _ result: VectorSample, origin: Labels?, _ restoring: AlertRestoring, _ expand: Expand
    ) {
        let annotations = texts.annotations(after: nil, settled: .constant) { expand($0, result) }
        let activeAt = restoring.silentSince(before, hold: hold)
        var alert = Alert(labels: labels, annotations: annotations, value: result.alertValue, activeAt: activeAt, seen: round)
        alert.origin = origin
        if before.wasFiring {
            alert.state = .firing
            alert.firedAt = min(activeAt + hold, restoring.now)
        }
        add(alert)
    }
}
