public import Model

/// A condition on one label of an alert. An absent label counts as an empty value.
///
/// Expressions are RE2's and must match the whole value; as in Alertmanager, and unlike in PromQL, `.` matches no newline.
public struct AlertMatcher: Sendable, Hashable, CustomStringConvertible {
    public typealias Kind = Matcher.Kind

    public let kind: Kind
    public let name: String
    public let value: String
    private let regex: SearchRegex?

    /// Throws if `value` is not a regular expression where one is needed.
    public init(_ kind: Kind, _ name: String, _ value: String) throws(MatcherError) {
        self.kind = kind
        self.name = name
        self.value = value
        switch kind {
        case .equal, .notEqual: regex = nil
        case .matches, .matchesNot:
            do throws(SearchRegex.Invalid) {
                regex = try SearchRegex("^(?:" + value + ")$")
            } catch {
                throw MatcherError("invalid regular expression \(quoted(value)): \(error.reason)")
            }
        }
    }

    /// `name="value"`, which cannot fail.
    public init(name: String, equals value: String) {
        kind = .equal
        self.name = name
        self.value = value
        regex = nil
    }

    /// `name!="value"`, which cannot fail.
    public init(name: String, differsFrom value: String) {
        kind = .notEqual
        self.name = name
        self.value = value
        regex = nil
    }

    public func matches(_ labels: Labels) -> Bool { accepts(labels[name] ?? "") }

    /// Whether the condition holds for a value.
    public func accepts(_ text: String) -> Bool {
        switch kind {
        case .equal: sameBytes(text, value)
        case .notEqual: !sameBytes(text, value)
        case .matches: regex?.isFound(in: text) ?? false
        case .matchesNot: !(regex?.isFound(in: text) ?? true)
        }
    }

    public static func == (a: AlertMatcher, b: AlertMatcher) -> Bool {
        a.kind == b.kind && sameBytes(a.name, b.name) && sameBytes(a.value, b.value)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        for text in [name, value] { hasher.combine(Array(text.utf8)) }
    }

    /// As Alertmanager writes it, which is a part of the keys of groups: `name="value"`, with a name in quotes that needs them.
    public var description: String {
        if name.unicodeScalars.contains(where: MatcherSyntax.isReserved) { return quoted(name) + kind.rawValue + quoted(value) }
        return name + kind.rawValue + "\"" + MatcherSyntax.escaped(value) + "\""
    }

    /// By name, value and kind, the order in which the conditions of a route are written.
    static func precedes(_ a: AlertMatcher, _ b: AlertMatcher) -> Bool {
        if !sameBytes(a.name, b.name) { return Model.precedes(a.name, b.name) }
        if !sameBytes(a.value, b.value) { return Model.precedes(a.value, b.value) }
        return a.kind.rank < b.kind.rank
    }
}

extension Matcher.Kind {
    fileprivate var rank: Int {
        switch self {
        case .equal: 0
        case .notEqual: 1
        case .matches: 2
        case .matchesNot: 3
        }
    }
}

/// Why a text is no matcher.
public struct MatcherError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

extension Sequence<AlertMatcher> {
    /// Whether all conditions hold.
    public func match(_ labels: Labels) -> Bool { allSatisfy { $0.matches(labels) } }

    /// `{a="b",c=~"d"}`
    var braced: String { "{" + map(\.description).joined(separator: ",") + "}" }
}
