public import Model

extension Relabeller {
    /// The labels after each of the rules; nil from the one on that dropped them.
    public static func trace(_ rules: [RelabelRule], of labels: Labels) -> [Labels?] {
        var builder: LabelsBuilder? = LabelsBuilder(labels)
        return rules.map { rule in
            guard var current = builder else { return nil }
            builder = rule.apply(to: &current) ? current : nil
            return builder?.labels()
        }
    }
}

extension RelabelRule {
    /// The rule with the keys of its configuration, defaults filled in.
    public var json: JSONValue {
        var members: [JSONValue.Member] = []
        if !sourceLabels.isEmpty { members.append(.init("source_labels", .array(sourceLabels.map { .string($0) }))) }
        members.append(.init("separator", .string(separator)))
        members.append(.init("regex", .string(regex.pattern)))
        if modulus > 0 { members.append(.init("modulus", JSONValue(modulus))) }
        if !targetLabel.isEmpty { members.append(.init("target_label", .string(targetLabel))) }
        members.append(.init("replacement", .string(replacement)))
        members.append(.init("action", .string(action.rawValue)))
        return .object(members)
    }
}
