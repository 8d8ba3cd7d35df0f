import Access
import Model
import Rules

/// The rules, the worst first.
extension Endpoints {
    var rulePages: [Route] {
        [Route("/alerts", ["GET", "HEAD"], for: .viewer, by: alertsPage), Route("/rules", ["GET", "HEAD"], for: .viewer, by: rulesPage)]
            + silencePages
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
    func plotLink(_ query: String, _ text: String) -> String {
        let target = options.routePrefix + "/graph?g0.tab=0&g0.expr=" + HTML.queryEscape(query)
        return "<a href=\"\(HTML.escape(target))\">\(HTML.escape(text))</a>"
    }
}
