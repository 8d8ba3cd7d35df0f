/// A condition on one label of a series. An absent label counts as an empty value.
public struct Matcher: Sendable, Hashable, CustomStringConvertible {
    public enum Kind: String, Sendable {
        case equal = "="
        case notEqual = "!="
        case matches = "=~"
        case matchesNot = "!~"
    }

    public let kind: Kind
    public let name: String
    public let value: String
    private let regex: LabelRegex?

    /// Throws if `value` is not a regular expression where one is needed.
    public init(_ kind: Kind, _ name: String, _ value: String) throws(LabelRegex.Invalid) {
        self.kind = kind
        self.name = name
        self.value = value
        switch kind {
        case .equal, .notEqual: regex = nil
        case .matches, .matchesNot: regex = try LabelRegex(value)
        }
    }

    /// `name="value"`, which cannot fail.
    public init(name: String, equals value: String) {
        kind = .equal
        self.name = name
        self.value = value
        regex = nil
    }

    public func matches(_ text: String) -> Bool {
        switch kind {
        case .equal: sameBytes(text, value)
        case .notEqual: !sameBytes(text, value)
        case .matches: regex?.matches(text) ?? false
        case .matchesNot: !(regex?.matches(text) ?? true)
        }
    }

    public func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
        switch kind {
        case .equal: equalBytes(bytes, value)
        case .notEqual: !equalBytes(bytes, value)
        case .matches: regex?.matches(bytes) ?? false
        case .matchesNot: !(regex?.matches(bytes) ?? true)
        }
    }

    /// Whether a series without the label satisfies the condition.
    public var matchesEmpty: Bool { matches("") }

    public static func == (a: Matcher, b: Matcher) -> Bool {
        a.kind == b.kind && a.name == b.name && a.value == b.value
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(name)
        hasher.combine(value)
    }

    public var description: String {
        (LabelNames.isLegacyLabelName(name) ? name : quoted(name)) + kind.rawValue + quoted(value)
    }
}
