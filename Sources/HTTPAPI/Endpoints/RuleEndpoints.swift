import Model
import PromQL
import Rules
import Runtime

/// `rules` and `alerts`.
extension Endpoints {
    /// All rules by group. Beyond Prometheus: `severity=` (may be repeated) shows the alerts of those alone, `sort=severity` the worst first: in each
    /// group, and the groups by the worst rule that they have.
    func rules(_ call: APICall) async throws(APIError) -> APIResponse {
        let filter = try RuleFilter(call.form)
        let page = try RulePage(call.form)
        let order = try SeverityOrder(call.form)
        let groups = order.of(state.rules().sorted { precedes($0.file, $1.file) || (sameBytes($0.file, $1.file) && precedes($0.name, $1.name)) })
        let (shown, next) = try page.cut(groups, filter)
        return .success { json in
            json.object { json in
                json.key("groups")
                json.array { json in
                    for group in shown { group.append(withoutAlerts: filter.withoutAlerts, to: &json) }
                }
                if let next { json.member("groupNextToken", next) }
            }
        }
    }

    /// All alerts that are pending or firing. Beyond Prometheus: `severity=` (may be repeated) shows those alone, `sort=severity` the worst first.
    func alerts(_ call: APICall) async throws(APIError) -> APIResponse {
        let severities = try SeverityFilter(call.form)
        let order = try SeverityOrder(call.form)
        let alerts = order.of(
            state.rules().flatMap(\.rules).flatMap { $0.alerting?.alerts ?? [] }.filter { severities.accepts($0.severity) }, by: \.severity)
        return .success { json in
            json.object { json in
                json.key("alerts")
                json.array { json in
                    for alert in alerts { alert.append(to: &json) }
                }
            }
        }
    }
}

/// Which severities are asked for; without any, all are.
struct SeverityFilter {
    private let wanted: [Severity]

    init(_ form: FormValues) throws(APIError) {
        var wanted: [Severity] = []
        for text in form.all("severity") + form.all("severity[]") {
            guard let severity = Severity(rawValue: text) else { throw .invalid("severity", "not supported value \(quoted(text))") }
            wanted.append(severity)
        }
        self.wanted = wanted
    }

    func accepts(_ severity: Severity?) -> Bool { wanted.isEmpty || severity.map(wanted.contains) ?? false }
}

/// Whether the worst come first; those of one severity stay in the order that they have.
struct SeverityOrder {
    private let isWanted: Bool

    static let worstFirst = SeverityOrder(isWanted: true)

    private init(isWanted: Bool) { self.isWanted = isWanted }

    init(_ form: FormValues) throws(APIError) {
        let order = form["sort"]
        guard ["", "severity"].contains(order) else { throw .invalid("sort", "not supported value \(quoted(order))") }
        isWanted = order == "severity"
    }

    func of<Element>(_ all: [Element], by severity: (Element) -> Severity?) -> [Element] {
        isWanted ? Severity.worstFirst.flatMap { worst in all.filter { severity($0) == worst } } : all
    }

    /// Rules that record, and groups without an alert of a known severity, come last.
    func of(_ groups: [RuleGroupReport]) -> [RuleGroupReport] {
        let sorted = groups.map { group in
            var group = group
            group.rules = of(group.rules) { $0.alerting?.severity }
            return group
        }
        // The first rule is the worst.
        return of(sorted) { $0.rules.first?.alerting?.severity }
    }
}

/// Which rules are asked for.
struct RuleFilter {
    private let type: String
    private let names: Set<String>
    private let groups: Set<String>
    private let files: Set<String>
    private let selectors: [[Matcher]]
    private let severities: SeverityFilter
    let withoutAlerts: Bool

    init(_ form: FormValues) throws(APIError) {
        type = form["type"].lowercased()
        guard ["", "alert", "record"].contains(type) else { throw .invalid("type", "not supported value \(quoted(form["type"]))") }
        let excludes = form["exclude_alerts"]
        guard excludes.isEmpty || Self.yes.contains(excludes) || Self.no.contains(excludes) else {
            throw .invalid("exclude_alerts", "error converting exclude_alerts: strconv.ParseBool: parsing \(quoted(excludes)): invalid syntax")
        }
        withoutAlerts = Self.yes.contains(excludes)
        var selectors: [[Matcher]] = []
        for selector in form.all("match[]") {
            do { selectors.append(try PromQLParser.parseSeriesSelector(selector)) } catch { throw .badData("\(error)") }
        }
        self.selectors = selectors
        names = Set(form.all("rule_name[]"))
        groups = Set(form.all("rule_group[]"))
        files = Set(form.all("file[]"))
        severities = try SeverityFilter(form)
    }

    // What Go's `ParseBool` takes.
    private static let yes: Set<String> = ["1", "t", "T", "TRUE", "true", "True"]
    private static let no: Set<String> = ["0", "f", "F", "FALSE", "false", "False"]

    /// A group with the rules that are asked for; nil if there are none.
    func of(_ group: RuleGroupReport) -> RuleGroupReport? {
        guard groups.isEmpty || groups.contains(group.name), files.isEmpty || files.contains(group.file) else { return nil }
        var group = group
        group.rules.removeAll { !accepts($0) }
        return group.rules.isEmpty ? nil : group
    }

    private func accepts(_ rule: RuleReport) -> Bool {
        guard type.isEmpty || (type == "alert") == (rule.alerting != nil), names.isEmpty || names.contains(rule.name) else { return false }
        guard severities.accepts(rule.alerting?.severity) else { return false }
        if selectors.isEmpty { return true }
        // What a template gives is not known before it is expanded.
        let labels = Labels(rule.labels.filter { !$0.value.contains("{{") })
        return selectors.contains { $0.allSatisfy { $0.matches(labels[$0.name] ?? "") } }
    }
}

/// Which part of the groups is asked for.
struct RulePage {
    private let limit: Int?
    private let token: String

    init(_ form: FormValues) throws(APIError) {
        let text = form["group_limit"]
        token = form["group_next_token"]
        guard !text.isEmpty else {
            guard token.isEmpty else {
                throw .invalid("group_next_token", "group_limit needs to be present in order to paginate over the groups")
            }
            limit = nil
            return
        }
        guard let count = Int(text) else {
            throw .invalid("group_limit", "group_limit needs to be a valid number: strconv.ParseInt: parsing \(quoted(text)): invalid syntax")
        }
        guard count > 0 else { throw .invalid("group_limit", "group_limit needs to be greater than 0") }
        limit = count
    }

    /// The groups of the page, and the token of the next if there is one.
    func cut(_ groups: [RuleGroupReport], _ filter: RuleFilter) throws(APIError) -> ([RuleGroupReport], next: String?) {
        var rest = groups[...]
        if !token.isEmpty {
            guard let start = groups.firstIndex(where: { Self.token($0) == token }) else {
                throw .invalid("group_next_token", "invalid group_next_token '\(token)'. were rule groups changed?")
            }
            rest = groups[start...]
        }
        var shown: [RuleGroupReport] = []
        for group in rest {
            guard let filtered = filter.of(group) else { continue }
            if let limit, shown.count >= limit { return (shown, Self.token(group)) }
            shown.append(filtered)
        }
        return (shown, nil)
    }

    private static func token(_ group: RuleGroupReport) -> String { String(StableHash.fnv1a(group.file + ";" + group.name), radix: 16) }
}
