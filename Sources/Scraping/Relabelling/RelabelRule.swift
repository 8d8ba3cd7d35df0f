import Model

/// One step of `relabel_configs`: what to look at, what to compare it with, what to do.
public struct RelabelRule: Sendable, Hashable {
    public enum Action: String, Sendable, Hashable, CaseIterable {
        case replace, keep, drop, keepequal, dropequal, hashmod, labelmap, labeldrop, labelkeep, lowercase, uppercase
    }

    public static let defaultPattern = "(.*)"
    public static let defaultReplacement = "$1"
    public static let defaultSeparator = ";"

    public var action = Action.replace
    /// Their values, joined with the separator, are what is looked at.
    public var sourceLabels: [String] = []
    public var separator = RelabelRule.defaultSeparator
    /// A template (`$1`, `${name}`) for `replace`, else a label name.
    public var targetLabel = ""
    public var regex: LabelRegex
    /// For `hashmod`.
    public var modulus: UInt64 = 0
    public var replacement = RelabelRule.defaultReplacement
    public var nameValidation = NameValidation.utf8

    public init(regex: LabelRegex) { self.regex = regex }

    public static func == (a: RelabelRule, b: RelabelRule) -> Bool {
        a.action == b.action && a.sourceLabels == b.sourceLabels && a.separator == b.separator && a.targetLabel == b.targetLabel
            && a.regex.pattern == b.regex.pattern && a.modulus == b.modulus && a.replacement == b.replacement
            && a.nameValidation == b.nameValidation
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(action)
        hasher.combine(sourceLabels)
        hasher.combine(regex.pattern)
        hasher.combine(targetLabel)
    }
}
