import Catalog
import Model
import Notifier
import Rules

/// What fires, the worst first, and what can be done about it; who keeps quiet; what happened lately.
extension Endpoints {
    /// An alert and the rule it comes from.
    private struct Shown {
        let rule: RuleReport
        let alert: AlertReport
    }

    func alertsPage(_ call: APICall) async throws(APIError) -> APIResponse {
        let severities = try SeverityFilter(call.form)
        let all = state.rules().flatMap(\.rules).flatMap { rule in (rule.alerting?.alerts ?? []).map { Shown(rule: rule, alert: $0) } }
        let shown = all.filter { severities.accepts($0.alert.severity) }
        let firing = all.count { $0.alert.state == .firing }
        let links = Severity.allCases.map { "<a href=\"?severity=\($0.rawValue)\">\($0.rawValue)</a>" }
        let head = "<h2>Alerts, \(firing) firing</h2><p class=row><a href=\"?\">all</a>\(links.joined(separator: " "))</p>"
        let body = head + cards(shown) + cardsOfOthers(all) + silenceTable() + (try await history(call))
        return HTML.page(title: "Alerts", prefix: options.routePrefix, body: body)
    }

    // MARK: Our alerts

    /// Firing before pending, and of those the worst first.
    private func cards(_ alerts: [Shown]) -> String {
        guard !alerts.isEmpty else { return "<p class=dim>No alerts.</p>" }
        let views = Dictionary((state.notifier?.alerts() ?? []).map { ($0.alert.fingerprint, $0) }) { first, _ in first }
        let ordered = [AlertState.firing, .pending].flatMap { state in
            Severity.worstFirst.flatMap { severity in alerts.filter { $0.alert.state == state && $0.alert.severity == severity } }
        }
        return ordered.map { card($0, views) }.joined()
    }

    private func card(_ shown: Shown, _ views: [Fingerprint: AlertView]) -> String {
        let alert = shown.alert
        let view = state.notifier?.told(alert.labels).flatMap { views[Fingerprint($0)] }
        return """
            <section class="card \(alert.severity?.rawValue ?? "none")"><div class=row><b>\(plotLink(shown.rule.query, shown.rule.name))</b>\
            <span class=\(alert.state == .firing ? "down" : "unknown")>\(alert.state.name)</span>\
            <span>\(alert.severity?.rawValue ?? "")</span>\(hushes(view))<span class=dim>since \(clockTime(alert.activeAt))</span>\
            <span class=dim>\(HTML.escape(FloatFormat.api(alert.value)))</span></div>\(texts(alert.annotations))\
            <div class=dim>\(HTML.escape(alert.labels.description))</div>\(alert.state == .firing ? silenceLinks(alert.labels) : "")</section>
            """
    }

    private func texts(_ annotations: [Label]) -> String {
        annotations.map { annotation in
            let text = HTML.escape(annotation.value)
            let isLink = ["http://", "https://"].contains { annotation.value.hasPrefix($0) } && !annotation.value.utf8.contains { $0 <= 0x20 }
            return "<div>" + (isLink ? "<a href=\"\(text)\" rel=noreferrer>\(text)</a>" : text) + "</div>"
        }.joined()
    }

    /// Why nobody is told of an alert.
    private func hushes(_ view: AlertView?) -> String {
        guard let view else { return "" }
        let words = [("silenced", view.silencedBy.isEmpty), ("inhibited", view.inhibitedBy.isEmpty), ("muted", view.mutedBy.isEmpty)]
        return words.filter { !$0.1 }.map { "<span class=hush>\($0.0)</span>" }.joined()
    }

    // MARK: Alerts of others

    /// What other servers have told us.
    private func cardsOfOthers(_ ours: [Shown]) -> String {
        guard let desk = state.notifier else { return "" }
        let known = Set(ours.compactMap { desk.told($0.alert.labels).map(Fingerprint.init) })
        let others = desk.alerts().filter { !known.contains($0.alert.fingerprint) }
        guard !others.isEmpty else { return "" }
        let cards = others.map { view in
            let alert = view.alert
            return """
                <section class="card \(Severity(rawValue: alert.labels["severity"] ?? "")?.rawValue ?? "none")"><div class=row>\
                <b>\(HTML.escape(alert.labels["alertname"] ?? ""))</b><span class=down>firing</span>\
                <span>\(HTML.escape(alert.labels["severity"] ?? ""))</span>\(hushes(view))<span class=dim>since \(clockTime(alert.startsAt))</span></div>\
                \(texts(alert.annotations))<div class=dim>\(HTML.escape(alert.labels.description))</div>\(silenceLinks(told: alert.labels))</section>
                """
        }
        return "<h2>From others</h2>" + cards.joined()
    }

    // MARK: History

    private static let historyLength = 30

    private func history(_ call: APICall) async throws(APIError) -> String {
        guard let records else { return "" }
        let page = try await queries.run(for: call.request) { _ in
            try records.records(RecordQuery(kinds: [.transition, .attempt], limit: Self.historyLength))
        }
        let lines = page.records.map { "<li>\(historyLine($0.entry))</li>" }.joined()
        return "<h2>Lately</h2>" + (lines.isEmpty ? "<p class=dim>Nothing.</p>" : "<ul class=history>\(lines)</ul>")
    }

    private func historyLine(_ entry: RecordEntry) -> String {
        switch entry {
        case .transition(let record):
            let look = record.to == .firing ? "down" : record.to == .pending ? "unknown" : "up"
            return """
                <span class=dim>\(clockTime(record.time))</span> <b>\(HTML.escape(record.labels["alertname"] ?? ""))</b> \
                <span class=\(look)>\(record.to == .inactive ? "over" : record.to.rawValue)</span> \
                <span class=dim>\(HTML.escape(record.labels.dropping(["alertname"]).description))</span>
                """
        case .attempt(let record):
            let names = Set(record.alerts.compactMap { $0["alertname"] }).sorted(by: precedes).joined(separator: ", ")
            return """
                <span class=dim>\(clockTime(record.time))</span> \(HTML.escape(record.receiver))/\(HTML.escape(record.integration)) \
                <span class=\(record.outcome == .accepted ? "up" : "down")>\(record.outcome == .accepted ? "told" : record.outcome.rawValue)</span> \
                of \(HTML.escape(names)) <span class=dim>\(HTML.escape(record.detail))</span>
                """
        case .audit, .event: return ""
        }
    }
}
