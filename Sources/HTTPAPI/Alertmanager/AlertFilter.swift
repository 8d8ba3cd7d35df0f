import Model
import Notifier

/// Which alerts are asked for: by what holds them back, by labels, by receiver.
struct AlertFilter {
    private let active: Bool
    private let silenced: Bool
    private let inhibited: Bool
    private let muted: Bool
    private let matchers: [AlertMatcher]
    private let receiver: AlertMatcher?

    init(_ form: FormValues) throws(AlertmanagerFault) {
        active = Self.flag(form, "active")
        silenced = Self.flag(form, "silenced")
        inhibited = Self.flag(form, "inhibited")
        muted = Self.flag(form, "muted")
        matchers = try Self.matchers(form)
        receiver = try Self.receiver(form["receiver"])
    }

    func accepts(_ view: AlertView) -> Bool {
        guard active || view.isSuppressed, silenced || view.silencedBy.isEmpty, inhibited || view.inhibitedBy.isEmpty,
            muted || view.mutedBy.isEmpty
        else { return false }
        return matchers.match(view.alert.labels) && (receiver.map { view.receivers.contains(where: $0.accepts) } ?? true)
    }

    /// A group with the alerts that are asked for; nil if there are none.
    func of(_ group: GroupView) -> GroupView? {
        guard receiver?.accepts(group.receiver) ?? true else { return nil }
        let alerts = group.alerts.filter(accepts)
        return alerts.isEmpty ? nil : group.with(alerts)
    }

    /// What is not given is true, what is no word for true is false: so Alertmanager reads it.
    private static func flag(_ form: FormValues, _ name: String) -> Bool {
        let text = form[name].lowercased()
        return text.isEmpty || ["1", "t", "true", "y", "yes", "ok", "on", "selected", "checked", "enabled"].contains(text)
    }

    static func matchers(_ form: FormValues) throws(AlertmanagerFault) -> [AlertMatcher] {
        var all: [AlertMatcher] = []
        for text in form.all("filter") {
            do throws(MatcherError) {
                all.append(try MatcherSyntax.matcher(text))
            } catch {
                throw .text(400, error.description)
            }
        }
        return all
    }

    private static func receiver(_ expression: String) throws(AlertmanagerFault) -> AlertMatcher? {
        if expression.isEmpty { return nil }
        do throws(MatcherError) {
            return try AlertMatcher(.matches, "receiver", expression)
        } catch {
            throw .text(400, "failed to parse receiver param: \(error)")
        }
    }
}

/// Which silences are asked for: a condition is met by a silence one of whose matchers has the name and a value that meets it.
struct SilenceFilter {
    private let matchers: [AlertMatcher]

    init(_ form: FormValues) throws(AlertmanagerFault) { matchers = try AlertFilter.matchers(form) }

    func accepts(_ silence: Silence) -> Bool {
        matchers.allSatisfy { wanted in
            let value = silence.matchers.last { sameBytes($0.name, wanted.name) }?.value
            switch wanted.kind {
            case .notEqual, .matchesNot: return wanted.accepts(value ?? "")
            case .equal, .matches: return value.map(wanted.accepts) ?? wanted.value.isEmpty
            }
        }
    }
}

/// The order in which silences are listed: active, pending, expired; of each what comes next first, of the expired the latest.
enum SilenceOrder {
    static func sorted(_ silences: [Silence], at now: Timestamp) -> [Silence] {
        func sorted(_ state: Silence.State, _ key: (Silence) -> Int64) -> [Silence] {
            silences.filter { $0.state(at: now) == state }.sorted { (key($0), $0.id) < (key($1), $1.id) }
        }
        return sorted(.active, \.endsAt) + sorted(.pending, \.startsAt) + sorted(.expired) { -$0.endsAt }
    }
}
