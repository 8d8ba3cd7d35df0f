import Access
import Model
import Rules

/// What fires, and the rules that say so; the worst first.
extension Endpoints {
    var rulePages: [Route] {
        [Route("/alerts", ["GET", "HEAD"], for: .viewer, by: alertsPage), Route("/rules", ["GET", "HEAD"], for: .viewer, by: rulesPage)]
    }

    /// An alert and the rule it comes from.
    private struct Shown {
        let rule: RuleReport
        let alert: AlertReport
    }

    private func alertsPage(_ call: APICall) async throws(APIError) -> APIResponse {
        let severities = try SeverityFilter(call.form)
        let all = state.rules().flatMap(\.rules).flatMap { rule in (rule.alerting?.alerts ?? []).map { Shown(rule: rule, alert: $0) } }
        let shown = all.filter { severities.accepts($0.alert.severity) }
        let firing = all.count { $0.alert.state == .firing }
        let links = Severity.allCases.map { "<a href=\"?severity=\($0.rawValue)\">\($0.rawValue)</a>" }
        let body = "<h2>Alerts, \(firing) firing</h2><p class=row><a href=\"?\">all</a>\(links.joined(separator: " "))</p>"
        return HTML.page(title: "Alerts", prefix: options.routePrefix, body: body + alertTable(shown))
    }

    private func alertTable(_ alerts: [Shown]) -> String {
        guard !alerts.isEmpty else { return "<p class=dim>No alerts.</p>" }
        // Firing before pending, and of those the worst first.
        let ordered = [AlertState.firing, .pending].flatMap { state in
            Severity.worstFirst.flatMap { severity in alerts.filter { $0.alert.state == state && $0.alert.severity == severity } }
        }
        let rows = ordered.map { shown in
            let alert = shown.alert
            let texts = alert.annotations.map { "<div>\(HTML.escape($0.value))</div>" }.joined()
            return """
                <tr><td class=\(alert.state == .firing ? "down" : "unknown")>\(alert.state.name)</td><td>\(alert.severity?.rawValue ?? "")</td>\
                <td>\(plotLink(shown.rule.query, shown.rule.name))\(texts)<div class=dim>\(HTML.escape(alert.labels.description))</div></td>\
                <td>\(RFC3339.formatShortest(alert.activeAt))</td><td class=v>\(FloatFormat.api(alert.value))</td></tr>
                """
        }
        return """
            <div class=scroll><table><tr><th>State<th>Severity<th>Alert<th>Since<th>Value</tr>\(rows.joined())</table></div>
            """
    }

    private func rulesPage(_ call: APICall) async throws(APIError) -> APIResponse {
        let groups = SeverityOrder.worstFirst.of(state.rules())
        let body = groups.isEmpty ? "<h2>Rules</h2><p class=dim>No rules.</p>" : groups.map(ruleTable).joined()
        return HTML.page(title: "Rules", prefix: options.routePrefix, body: body)
    }

    private func ruleTable(_ group: RuleGroupReport) -> String {
        let rows = group.rules.map { rule in
            let error = rule.lastError.isEmpty ? "" : "<div class=down>\(HTML.escape(rule.lastError))</div>"
            return """
                <tr><td>\(HTML.escape(rule.name))</td><td>\(rule.alerting?.severity?.rawValue ?? "")</td>\
                <td>\(plotLink(rule.query, rule.query))\(error)</td><td class=\(Self.look(rule))>\(Self.condition(rule))</td>\
                <td class=v>\(FloatFormat.plain((rule.evaluationTime * 1e4).rounded() / 10)) ms</td></tr>
                """
        }
        return """
            <h2>\(HTML.escape(group.name)) <span class=dim>\(HTML.escape(group.file)), every \(PromDuration.format(group.interval))</span></h2>\
            <div class=scroll><table><tr><th>Rule<th>Severity<th>Expression<th>State<th>Took</tr>\(rows.joined())</table></div>
            """
    }

    private static func condition(_ rule: RuleReport) -> String {
        if rule.health == .err { return "failing" }
        guard let alerting = rule.alerting else { return rule.health.rawValue }
        return alerting.state?.name ?? "unknown"
    }

    private static func look(_ rule: RuleReport) -> String {
        switch (rule.health, rule.alerting?.state) {
        case (.err, _), (_, .firing): "down"
        case (.unknown, _), (_, .pending): "unknown"
        default: "up"
        }
    }

    /// A link to the picture of an expression over the last hour.
    private func plotLink(_ query: String, _ text: String) -> String {
        let target = options.routePrefix + "/graph?g0.tab=0&g0.expr=" + HTML.queryEscape(query)
        return "<a href=\"\(HTML.escape(target))\">\(HTML.escape(text))</a>"
    }
}
