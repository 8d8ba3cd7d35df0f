public import Model
public import PromQL
public import StrictYAML

/// Rules that are evaluated one after the other, at one interval.
public struct RuleGroup: Sendable, Equatable {
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

    /// How the group is named in metrics and logs.
    public var key: String { Self.key(file: file, name: name) }

    static func key(file: String, name: String) -> String { file + ";" + name }
}

/// One rule: what to evaluate and what to make of the answer.
public struct Rule: Sendable {
    public enum Kind: Sendable, Equatable {
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
    /// Labels that the rule sets to nothing, which takes them from its results.
    public var clearedLabels: [String]
    /// Where the rule begins.
    public var place: YAMLPlace

    /// The name of the series or alert.
    public var name: String {
        switch kind {
        case .recording(let name): name
        case .alerting(let alert): alert.name
        }
    }
}

extension Rule: Equatable {
    /// Whether two rules do the same; where they stand does not matter, and the text of the query tells its expression.
    public static func == (a: Rule, b: Rule) -> Bool {
        a.kind == b.kind && sameBytes(a.query, b.query) && a.labels == b.labels && a.clearedLabels == b.clearedLabels
    }
}

/// What makes an expression an alert.
public struct AlertingRule: Sendable, Equatable {
    public var name: String
    /// Milliseconds the expression must hold before the alert fires.
    public var hold: Int64
    /// Milliseconds the alert keeps firing after the expression holds no more.
    public var keepFiring: Int64
    /// In the order of the file; values may be templates.
    public var annotations: [Label]
    /// What becomes of an alert whose series has no data any more.
    public var noData: NoDataPolicy = .resolve
}
