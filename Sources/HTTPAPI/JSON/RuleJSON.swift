import Model
import Rules

/// Groups, rules and alerts as the API shows them; names and order are Prometheus's.
extension RuleGroupReport {
    func append(withoutAlerts: Bool, to json: inout JSONWriter) {
        json.object { json in
            json.member("name", name)
            json.member("file", file)
            json.key("rules")
            json.array { json in
                for rule in rules { rule.append(withoutAlerts: withoutAlerts, to: &json) }
            }
            json.member("interval", number: Double(interval) / 1000)
            json.member("limit", limit)
            json.member("evaluationTime", number: evaluationTime)
            json.member("lastEvaluation", lastEvaluation.map(RFC3339.formatShortest) ?? RFC3339.never)
        }
    }
}

extension RuleReport {
    func append(withoutAlerts: Bool, to json: inout JSONWriter) {
        json.object { json in
            if let alerting { json.member("state", alerting.state?.name ?? "unknown") }
            json.member("name", name)
            json.member("query", query)
            let shown = Array(labels) + clearedLabels.map { Label($0, "") }
            if let alerting { alerting.append(shown, withoutAlerts: withoutAlerts, to: &json) }
            if alerting == nil, !shown.isEmpty {
                json.key("labels")
                json.texts(shown)
            }
            json.member("health", health.rawValue)
            if !lastError.isEmpty { json.member("lastError", lastError) }
            json.member("evaluationTime", number: evaluationTime)
            json.member("lastEvaluation", lastEvaluation.map(RFC3339.formatShortest) ?? RFC3339.never)
            json.member("type", alerting == nil ? "recording" : "alerting")
        }
    }
}

extension RuleReport.Alerting {
    /// What stands between a rule's query and its health.
    fileprivate func append(_ labels: [Label], withoutAlerts: Bool, to json: inout JSONWriter) {
        json.member("duration", number: Double(hold) / 1000)
        json.member("keepFiringFor", number: Double(keepFiringFor) / 1000)
        if noData != .resolve { json.member("noData", noData.rawValue) }
        json.key("labels")
        json.texts(labels)
        json.key("annotations")
        json.texts(annotations)
        json.key("alerts")
        if withoutAlerts { return json.null() }
        json.array { json in
            for alert in alerts { alert.append(to: &json) }
        }
    }
}

extension AlertReport {
    func append(to json: inout JSONWriter) {
        json.object { json in
            json.key("labels")
            json.labels(labels)
            json.key("annotations")
            json.texts(annotations)
            json.member("state", state.name)
            json.member("activeAt", RFC3339.formatShortest(activeAt))
            if let keepFiringSince { json.member("keepFiringSince", RFC3339.formatShortest(keepFiringSince)) }
            json.member("value", ExponentFormat.text(value))
        }
    }
}

extension JSONWriter {
    /// An object of texts, by name.
    fileprivate mutating func texts(_ texts: [Label]) {
        object { json in
            for text in texts.sorted(by: { precedes($0.name, $1.name) }) {
                json.key(from: text.name)
                json.string(text.value)
            }
        }
    }
}
