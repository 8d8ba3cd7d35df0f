import StrictYAML

/// A key of Prometheus's or Alertmanager's files that does not do here what it does there, and what to use in its place.
public struct Replacement: Sendable {
    public enum Effect: String, Sendable, CaseIterable {
        /// The file cannot be used with it.
        case refused
        /// The file can be used, and the key does nothing.
        case ignored = "without effect"
        /// It works, in another way.
        case differs
    }

    /// Which values it is about.
    public enum Condition: Sendable, Equatable {
        case always
        case notEmpty
        case word(String)
        case notWord(String)
    }

    /// The end of the path to the key, without the indices of lists; what is in a notifier's own file begins with `notifications`.
    public let pattern: String
    public let condition: Condition
    public let effect: Effect
    public let what: String
    public let instead: String

    init(_ pattern: String, _ effect: Effect, _ what: String, instead: String, if condition: Condition = .always) {
        self.pattern = pattern
        self.condition = condition
        self.effect = effect
        self.what = what
        self.instead = instead
    }

    /// Whether it is about the value that a path leads to.
    func concerns(_ value: YAMLValue, at path: String) -> Bool {
        guard path == pattern || path.hasSuffix("." + pattern), !value.isNull else { return false }
        let text = (try? value.string()) ?? ""
        return switch condition {
        case .always: true
        case .notEmpty: ((try? value.list()) ?? []).isEmpty == false
        case .word(let word): text == word
        case .notWord(let word): !text.isEmpty && text != word
        }
    }
}
