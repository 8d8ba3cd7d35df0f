import Model

/// What Alertmanager's own types can be asked for besides their fields: maps of labels for their pairs, lists of alerts for a part of them.
enum MessageMembers {
    static let pairList = "template.Pairs"
    static let alertList = "template.Alerts"
    private static let names = "[]string"

    /// Nil if the value has no such member.
    static func member(_ name: String, of value: TemplateValue) -> TemplateMethod? {
        switch value {
        case .pairs(let labels): member(name, of: labels)
        case .list(let list) where list.typeName == pairList: member(name, ofPairs: list)
        case .list(let list) where list.typeName == alertList: member(name, ofAlerts: list)
        default: nil
        }
    }

    private static func always(_ value: TemplateValue) -> TemplateMethod {
        TemplateMethod { _ throws(TemplateFailure) in value }
    }

    // MARK: Labels

    private static func member(_ name: String, of labels: Labels) -> TemplateMethod? {
        switch name {
        case "SortedPairs": always(.list(pairs(labels)))
        case "Names": always(list(sorted(labels).map(\.name)))
        case "Values": always(list(sorted(labels).map(\.value)))
        case "String": always(.string(text(of: labels)))
        case "Remove":
            TemplateMethod([.list(names)]) { values throws(TemplateFailure) in
                guard case .list(let list) = values[0] else { return .pairs(labels) }
                let removed = Set(list.elements.compactMap { $0.asText.map { Array($0.utf8) } })
                return .pairs(Labels(labels.filter { !removed.contains(Array($0.name.utf8)) }))
            }
        default: nil
        }
    }

    /// By name, the name of the alert first.
    private static func sorted(_ labels: Labels) -> [Label] {
        let isName = { (label: Label) in sameBytes(label.name, "alertname") }
        return labels.filter(isName) + labels.filter { !isName($0) }
    }

    static func pairs(_ labels: Labels) -> TemplateList {
        let pairs = sorted(labels).map { label in
            TemplateValue.record(
                TemplateRecord([.init("Name", .string(label.name)), .init("Value", .string(label.value))], typeName: "template.Pair"))
        }
        return TemplateList(pairs, typeName: pairList)
    }

    /// `name=value, name=value`.
    static func text(of labels: Labels) -> String { text(ofPairs: pairs(labels)) }

    private static func list(_ texts: [String]) -> TemplateValue { .list(TemplateList(texts.map { .string($0) }, typeName: names)) }

    // MARK: Pairs

    private static func member(_ name: String, ofPairs list: TemplateList) -> TemplateMethod? {
        switch name {
        case "Names": always(self.list(texts("Name", of: list)))
        case "Values": always(self.list(texts("Value", of: list)))
        case "String": always(.string(text(ofPairs: list)))
        default: nil
        }
    }

    static func text(ofPairs list: TemplateList) -> String {
        zip(texts("Name", of: list), texts("Value", of: list)).map { "\($0)=\($1)" }.joined(separator: ", ")
    }

    private static func texts(_ field: String, of list: TemplateList) -> [String] {
        list.elements.map { element in
            guard case .record(let record) = element else { return "" }
            return record.field(field)?.value.asText ?? ""
        }
    }

    // MARK: Alerts

    private static func member(_ name: String, ofAlerts list: TemplateList) -> TemplateMethod? {
        guard name == "Firing" || name == "Resolved" else { return nil }
        let some = list.elements.filter { element in
            guard case .record(let record) = element else { return false }
            return record.field("Status")?.value.asText == name.lowercased()
        }
        // Such a part has no members of its own.
        return always(.list(TemplateList(some, typeName: "[]template.Alert")))
    }
}
