import Model
import PromQL

// What evaluating an alerting rule adds to evaluating any.
extension RuleRunner {
    /// Takes in an answer; puts the alerts' series and gives the alerts that are to be sent.
    ///
    /// - Parameter present: the series that have data, if the rule has asked.
    func evaluateAlerts(
        _ state: inout State, _ results: [VectorSample], _ present: [VectorSample]?, _ evaluation: Evaluation, _ environment: RuleEnvironment
    ) throws(RuleFailure) -> [SentAlert] {
        let policy = alerting?.noData ?? .resolve
        var results = results
        var lacking = 0
        if policy == .alert, let present {
            let silent = state.presence.note(present, at: evaluation.queryTime)
            results += silent.map { VectorSample(labels: $0, sample: Sample(time: evaluation.queryTime, value: .nan)) }
            lacking = silent.count
        }
        let having = policy == .keep ? Set((present ?? []).map(\.labels)) : []
        let texts = state.alerts?.texts
        lazy var alertsHaving = Set((present ?? []).compactMap { one in texts?.labels(of: one) { self.expand($0, $1, evaluation, environment) } })
        try state.alerts?.evaluate(
            results, lacking: lacking, at: evaluation.time, limit: evaluation.limit, keepsOrigins: policy == .keep,
            silence: { alert in
                if policy != .keep || state.asksAnew { return .noBreach }
                // Of one that was restored only the labels may be known.
                let hasData = alert.origin.map(having.contains) ?? alertsHaving.contains(alert.labels)
                return hasData ? .noBreach : .unchanged
            },
            expand: { self.expand($0, $1, evaluation, environment) })
        state.asksAnew = false
        if state.isRestored { putSeries(&state) }
        return takeDue(&state, evaluation, environment.options)
    }

    func expand(_ template: String, _ result: VectorSample, _ evaluation: Evaluation, _ environment: RuleEnvironment) -> String {
        let origin = origin(evaluation.group)
        let context = TemplateContext(
            name: rule.name, labels: result.labels, value: result.alertValue, time: evaluation.time, external: evaluation.external
        ) { query in
            let answer = try environment.querier.instant(query, at: evaluation.time, for: origin, stop: evaluation.stop)
            guard let vector = answer.value.asVector else { throw RuleFailure.noVector }
            return vector
        }
        return environment.templates.text(template, context)
    }

    private func putSeries(_ state: inout State) {
        guard var table = state.alerts else { return }
        // Emptied while the table is changed, so that it is not copied.
        state.alerts = nil
        table.update { alert in
            guard alert.isActive else { return }
            let alertSeries = alert.alertSeries ?? state.writer.handle(for: alert.seriesLabels)
            let stateSeries = alert.stateSeries ?? state.writer.handle(for: alert.stateLabels)
            alert.alertSeries = alertSeries
            alert.stateSeries = stateSeries
            state.writer.put(alertSeries, 1)
            state.writer.put(stateSeries, Double(alert.activeAt.quotientAndRemainder(floorDividingBy: 1000).quotient))
        }
        state.alerts = table
    }

    private func takeDue(_ state: inout State, _ evaluation: Evaluation, _ options: RuleOptions) -> [SentAlert] {
        let validUntil = evaluation.time + 4 * max(evaluation.interval, options.resendDelay)
        return state.alerts?.takeDue(at: evaluation.time, resendDelay: options.resendDelay) { alert in
            SentAlert(
                labels: alert.labels, annotations: alert.annotations, startsAt: alert.firedAt ?? alert.activeAt, resolvedAt: alert.resolvedAt,
                validUntil: validUntil, query: shownQuery)
        } ?? []
    }
}

extension Alert {
    static let seriesName = "ALERTS"
    static let stateSeriesName = "ALERTS_FOR_STATE"
    static let stateLabel = "alertstate"

    /// Of the series that says that the alert is active.
    var seriesLabels: Labels { labels.setting(Labels.metricName, Self.seriesName).setting(Self.stateLabel, state.name) }

    /// Of the series that says since when.
    var stateLabels: Labels { labels.setting(Labels.metricName, Self.stateSeriesName) }
}
