/// Label names that were escaped to fit where only plain identifiers do: `U__` and then `_2e_` for U+002E and `__` for an underscore.
enum EscapedName {
    /// The name meant; a name that is not escaped, or not properly, is taken as it is.
    static func unescape(_ name: String) -> String {
        guard name.hasPrefix("U__") else { return name }
        var out = String.UnicodeScalarView()
        var rest = name.unicodeScalars.dropFirst(3)
        while let scalar = rest.popFirst() {
            guard scalar == "_" else {
                out.append(scalar)
                continue
            }
            let code = rest.prefix { $0 != "_" }
            rest = rest[code.endIndex...]
            // The closing underscore.
            guard rest.popFirst() != nil else { return name }
            if code.isEmpty {
                out.append("_")
            } else if code.count <= 6, let value = UInt32(Substring(code), radix: 16), let meant = Unicode.Scalar(value) {
                out.append(meant)
            } else {
                return name
            }
        }
        return String(out)
    }
}
