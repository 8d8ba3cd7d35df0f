public import Model

/// Which alerts are not told of because others, which explain them, fire.
public struct Inhibitor: Sendable {
    private var rules: [InhibitRule]

    public init(_ rules: [InhibitRuleConfiguration]) {
        self.rules = rules.map(InhibitRule.init)
    }

    /// Takes a new or changed alert.
    public mutating func note(_ alert: Alert) {
        for index in rules.indices { rules[index].note(alert) }
    }

    /// Forgets what is resolved.
    public mutating func purge(at now: Timestamp) {
        for index in rules.indices { rules[index].purge(at: now) }
    }

    /// The alerts that inhibit one with these labels, sorted.
    public func inhibiting(_ labels: Labels, at time: Timestamp) -> [Fingerprint] {
        var all: Set<Fingerprint> = []
        for rule in rules { all.formUnion(rule.inhibiting(labels, at: time)) }
        return all.sorted()
    }

    public func inhibits(_ labels: Labels, at time: Timestamp) -> Bool {
        rules.contains { !$0.inhibiting(labels, at: time).isEmpty }
    }
}

/// One rule, with the alerts that match its source by the labels that must be equal.
private struct InhibitRule {
    let configuration: InhibitRuleConfiguration
    var sources: [Labels: [Fingerprint: Alert]] = [:]

    init(_ configuration: InhibitRuleConfiguration) { self.configuration = configuration }

    private func shared(_ labels: Labels) -> Labels {
        switch configuration.equal {
        case .labels(let names): labels.keeping(names)
        case .allExcept(let names): labels.dropping(names)
        }
    }

    mutating func note(_ alert: Alert) {
        guard configuration.source.match(alert.labels) else { return }
        sources[shared(alert.labels), default: [:]][alert.fingerprint] = alert
    }

    mutating func purge(at now: Timestamp) {
        sources = sources.compactMapValues { alerts in
            let firing = alerts.filter { !$0.value.isResolved(at: now) }
            return firing.isEmpty ? nil : firing
        }
    }

    func inhibiting(_ labels: Labels, at time: Timestamp) -> [Fingerprint] {
        guard configuration.target.match(labels), let candidates = sources[shared(labels)] else { return [] }
        // An alert on both sides inhibits neither itself nor others that are on both sides.
        let isSource = configuration.source.match(labels)
        return candidates.filter { _, alert in
            !alert.isResolved(at: time) && !(isSource && configuration.target.match(alert.labels))
        }.map(\.key)
    }
}
