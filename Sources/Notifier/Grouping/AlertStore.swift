import Model

/// Every alert that fires, and those resolved lately.
struct AlertStore: Sendable {
    private(set) var alerts: [Fingerprint: Alert] = [:]

    /// Takes a report; gives what is known now.
    mutating func take(_ alert: Alert, at now: Timestamp) -> Alert {
        let fingerprint = alert.fingerprint
        let known = alerts[fingerprint].map { alert.merged(into: $0, at: now) } ?? alert
        alerts[fingerprint] = known
        return known
    }

    /// Forgets the resolved ones; gives what it forgot.
    mutating func purge(at now: Timestamp, keeping kept: Set<Fingerprint>) -> [Fingerprint] {
        let resolved = alerts.filter { $0.value.isResolved(at: now) && !kept.contains($0.key) }.map(\.key).sorted()
        for fingerprint in resolved { alerts[fingerprint] = nil }
        return resolved
    }
}
