import Model

/// Applies relabelling rules in order.
public enum Relabeller {
    /// The labels after all rules; nil if a rule dropped them.
    public static func apply(_ rules: [RelabelRule], to labels: Labels) -> Labels? {
        if rules.isEmpty { return labels }
        var builder = LabelsBuilder(labels)
        return apply(rules, to: &builder) ? builder.labels() : nil
    }

    /// Changes the labels in place; false if a rule dropped them.
    public static func apply(_ rules: [RelabelRule], to labels: inout LabelsBuilder) -> Bool {
        rules.allSatisfy { $0.apply(to: &labels) }
    }
}

extension RelabelRule {
    /// False: dropped.
    func apply(to labels: inout LabelsBuilder) -> Bool {
        let value = sourceLabels.map { labels[$0] ?? "" }.joined(separator: separator)
        switch action {
        case .keep: return regex.matches(value)
        case .drop: return !regex.matches(value)
        case .keepequal: return sameBytes(labels[targetLabel] ?? "", value)
        case .dropequal: return !sameBytes(labels[targetLabel] ?? "", value)
        case .replace: replace(value, in: &labels)
        case .lowercase: labels.set(targetLabel, Letters.lower(value))
        case .uppercase: labels.set(targetLabel, Letters.upper(value))
        case .hashmod: if modulus > 0 { labels.set(targetLabel, String(MD5.lastWord(of: value.utf8) % modulus)) }
        case .labelmap: mapNames(in: &labels)
        case .labeldrop: labels.removeAll { regex.matches($0.name) }
        case .labelkeep: labels.removeAll { !regex.matches($0.name) }
        }
        return true
    }

    /// A target that expands to no valid name leaves everything as it is; an empty replacement removes the label.
    private func replace(_ value: String, in labels: inout LabelsBuilder) {
        guard let target = regex.expand(targetLabel, matching: value), nameValidation.acceptsLabel(target),
            let text = regex.expand(replacement, matching: value)
        else { return }
        labels.set(target, text)
    }

    private func mapNames(in labels: inout LabelsBuilder) {
        for label in labels.current {
            if let name = regex.expand(replacement, matching: label.name), !name.isEmpty { labels.set(name, label.value) }
        }
    }
}

/// Upper and lower case one scalar at a time, as the field does: `ß` stays `ß`.
enum Letters {
    static func lower(_ text: String) -> String { map(text) { $0.properties.lowercaseMapping } }
    static func upper(_ text: String) -> String { map(text) { $0.properties.uppercaseMapping } }

    private static func map(_ text: String, _ change: (Unicode.Scalar) -> String) -> String {
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let changed = change(scalar).unicodeScalars
            out.append(changed.count == 1 ? changed.first ?? scalar : scalar)
        }
        return String(out)
    }
}
