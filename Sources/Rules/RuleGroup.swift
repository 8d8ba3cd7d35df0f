import Model
import PromQL

/// Rules that are evaluated one after the other, at one interval.
public struct RuleGroup: Sendable {
    public var name: String
    /// The file the group stands in; name and file together identify it.
    public var file: String
    /// Milliseconds; nil: the global evaluation interval.
    public var interval: Int64?
    /// Milliseconds by which evaluation looks back; nil: the global one.
    public var queryOffset: Int64?
    /// The most series or alerts a rule may give; 0: no bound.
    public var limit: Int64
    /// Added to what every rule gives, unless the rule sets them itself.
    public var labels: Labels
    public var rules: [Rule]
}

/// One rule: what to evaluate and what to make of the answer.
public struct Rule: Sendable {
    public enum Kind: Sendable {
        /// Stores the answer as a series of this name.
        case recording(name: String)
        case alerting(AlertingRule)
    }

    public var kind: Kind
    /// As written in the file.
    public var query: String
    public var expr: Expr
    /// Label values may be templates.
    public var labels: Labels

    /// The name of the series or alert.
    public var name: String {
        switch kind {
        case .recording(let name): name
        case .alerting(let alert): alert.name
        }
    }
}

/// What makes an expression an alert.
public struct AlertingRule: Sendable {
    public var name: String
    /// Milliseconds the expression must hold before the alert fires.
    public var hold: Int64
    /// Milliseconds the alert keeps firing after the expression holds no more.
    public var keepFiring: Int64
    /// In the order of the file; values may be templates.
    public var annotations: [Label]
}
