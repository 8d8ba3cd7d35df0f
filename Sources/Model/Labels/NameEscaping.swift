/// How a name beyond the legacy letters is written for those who read only these: `escaping=` in `Accept` and `Content-Type`.
///
/// Source of the rules: Prometheus's escaping schemes (documentation, "Content negotiation"); what a name that needs no escaping looks like, and
/// what `dots` makes of other characters, is as Prometheus 3.5 writes it.
public enum NameEscaping: String, Sendable, Hashable, CaseIterable {
    /// As it is, in quotes.
    case allowUTF8 = "allow-utf-8"
    /// `my.name` → `my_name`: each character that is not allowed becomes an underscore.
    case underscores
    /// `my.name_x` → `my_dot_name__x`: the like, but dots and underscores can be told apart.
    case dots
    /// `my.name_x` → `U__my_2e_name__x`: each character that is not allowed by its code, so that nothing is lost.
    case values

    private static let valuesPrefix = "U__"

    /// The name of a metric. One of legacy letters stays as it is.
    public func escape(metric name: String) -> String {
        self == .allowUTF8 || name.isEmpty || LabelNames.isLegacyMetricName(name) ? name : escaped(name, colons: true)
    }

    /// The name of a label, in which a colon is not one of the legacy letters.
    public func escape(label name: String) -> String {
        self == .allowUTF8 || name.isEmpty || LabelNames.isLegacyLabelName(name) ? name : escaped(name, colons: false)
    }

    /// The name meant, as far as it can be told: not at all for underscores. What was not escaped, or not properly, is taken as it is.
    public func unescape(_ name: String) -> String {
        switch self {
        case .allowUTF8, .underscores: name
        case .dots: Self.withoutDots(name)
        case .values: Self.withoutCodes(name)
        }
    }

    private func escaped(_ name: String, colons: Bool) -> String {
        var out = self == .values ? Self.valuesPrefix : ""
        var isFirst = true
        for scalar in name.unicodeScalars {
            if scalar == "_", self != .underscores {
                out += "__"
            } else if Self.isAllowed(scalar, colons: colons, first: isFirst) {
                out.unicodeScalars.append(scalar)
            } else {
                out += replacement(scalar)
            }
            isFirst = false
        }
        return out
    }

    private func replacement(_ scalar: Unicode.Scalar) -> String {
        switch self {
        case .allowUTF8: String(scalar)
        case .underscores: "_"
        case .dots: scalar == "." ? "_dot_" : "__"
        case .values: "_" + String(scalar.value, radix: 16) + "_"
        }
    }

    private static func isAllowed(_ scalar: Unicode.Scalar, colons: Bool, first: Bool) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "_": true
        case ":": colons
        case "0"..."9": !first
        default: false
        }
    }

    /// From left to right, as a pair of underscores may stand before `dot_`.
    private static func withoutDots(_ name: String) -> String {
        var out = String.UnicodeScalarView()
        var rest = Substring(name).unicodeScalars
        while let scalar = rest.popFirst() {
            if scalar != "_" {
                out.append(scalar)
            } else if rest.first == "_" {
                rest.removeFirst()
                out.append("_")
            } else if rest.starts(with: "dot_".unicodeScalars) {
                rest.removeFirst(4)
                out.append(".")
            } else {
                out.append(scalar)
            }
        }
        return String(out)
    }

    private static func withoutCodes(_ name: String) -> String {
        guard name.hasPrefix(valuesPrefix) else { return name }
        var out = String.UnicodeScalarView()
        var rest = name.unicodeScalars.dropFirst(valuesPrefix.count)
        while let scalar = rest.popFirst() {
            guard scalar == "_" else {
                out.append(scalar)
                continue
            }
            let code = rest.prefix { $0 != "_" }
            rest = rest[code.endIndex...]
            // The closing underscore.
            guard rest.popFirst() != nil, let meant = meaning(code) else { return name }
            out.append(meant)
        }
        return String(out)
    }

    /// Of what stands between two underscores; nil if it is no code.
    private static func meaning(_ code: Substring.UnicodeScalarView) -> Unicode.Scalar? {
        if code.isEmpty { return "_" }
        guard code.count <= 6, code.allSatisfy(\.properties.isASCIIHexDigit) else { return nil }
        return UInt32(Substring(code), radix: 16).flatMap { Unicode.Scalar($0) }
    }
}
