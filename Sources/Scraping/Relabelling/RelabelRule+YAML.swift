import Model
import StrictYAML

extension RelabelRule {
    private static let keys = ["source_labels", "separator", "target_label", "regex", "modulus", "replacement", "action"]

    /// The rules of a list, each checked for what its action needs and does not take.
    public static func readAll(_ list: [YAMLValue], _ validation: NameValidation = .utf8) throws(YAMLError) -> [RelabelRule] {
        var rules: [RelabelRule] = []
        for value in list { rules.append(try RelabelRule(value, validation)) }
        return rules
    }

    init(_ value: YAMLValue, _ validation: NameValidation) throws(YAMLError) {
        if value.isNull { throw value.error("an empty relabelling rule") }
        let map = try value.mapping(keys: Self.keys)
        if let action = map["action"] {
            guard !action.isNull else { throw action.error("the action must not be empty") }
            self.action = try action.lowercasedChoice(Action.self)
        }
        if let given = try map["regex"]?.regex() {
            regex = given
        } else {
            regex = try Self.usualRegex(value)
        }
        sourceLabels = try map.strings("source_labels")
        separator = try map.string("separator") ?? Self.defaultSeparator
        targetLabel = try map.string("target_label") ?? ""
        modulus = UInt64(try map.integer("modulus") ?? 0)
        replacement = try map.string("replacement") ?? Self.defaultReplacement
        nameValidation = validation
        try checkSourceLabels(map)
        try check(map)
    }

    private static func usualRegex(_ value: YAMLValue) throws(YAMLError) -> LabelRegex {
        do { return try LabelRegex(defaultPattern) } catch { throw value.error(error.description) }
    }

    private func checkSourceLabels(_ map: YAMLMapping) throws(YAMLError) {
        for name in sourceLabels where !nameValidation.acceptsLabel(name) {
            throw map.error(at: "source_labels", "\"\(name)\" is not a valid label name")
        }
    }

    private func check(_ map: YAMLMapping) throws(YAMLError) {
        switch action {
        case .keep, .drop: break
        case .replace:
            try checkTarget(map, mayBeTemplate: true)
        case .hashmod:
            if modulus == 0 { throw map.error(at: "modulus", "the action hashmod needs a modulus above 0") }
            try checkTarget(map)
        case .lowercase, .uppercase:
            try checkTarget(map)
            try refuse(["replacement"], map)
        case .keepequal, .dropequal:
            try checkTarget(map)
            try refuse(["regex", "modulus", "separator", "replacement"], map)
        case .labelmap:
            guard isTarget(replacement, mayBeTemplate: true) else {
                throw map.error(at: "replacement", "\"\(replacement)\" gives no valid label names")
            }
        case .labeldrop, .labelkeep:
            try refuse(["source_labels", "target_label", "modulus", "separator", "replacement"], map)
        }
    }

    private func checkTarget(_ map: YAMLMapping, mayBeTemplate: Bool = false) throws(YAMLError) {
        if targetLabel.isEmpty { throw map.error(at: "target_label", "the action \(action.rawValue) needs a target_label") }
        guard isTarget(targetLabel, mayBeTemplate: mayBeTemplate) else {
            throw map.error(at: "target_label", "\"\(targetLabel)\" is not a valid target_label for the action \(action.rawValue)")
        }
    }

    private func isTarget(_ name: String, mayBeTemplate: Bool) -> Bool {
        if nameValidation.acceptsLabel(name) { return true }
        guard mayBeTemplate, name.contains("$") else { return false }
        // What a template gives is known only with the groups; the letters around them must fit already.
        return LabelNames.isLegacyLabelName("_" + name.filter { !"${}".contains($0) })
    }

    /// A key given with its default value changes nothing and is let pass.
    private func refuse(_ keys: [String], _ map: YAMLMapping) throws(YAMLError) {
        let changed: [String: Bool] = [
            "source_labels": !sourceLabels.isEmpty, "target_label": !targetLabel.isEmpty, "modulus": modulus != 0,
            "separator": separator != Self.defaultSeparator, "replacement": replacement != Self.defaultReplacement,
            "regex": regex.pattern != Self.defaultPattern,
        ]
        for key in keys where changed[key] == true {
            throw map.error(at: key, "the action \(action.rawValue) takes no \(key)")
        }
    }
}

extension YAMLValue {
    /// One of a set of words, in any case.
    func lowercasedChoice<Choice: RawRepresentable & CaseIterable>(_ type: Choice.Type) throws(YAMLError) -> Choice
    where Choice.RawValue == String {
        if let found = Choice(rawValue: try string().lowercased()) { return found }
        return try choice(type)
    }
}
