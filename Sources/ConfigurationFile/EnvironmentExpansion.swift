/// Puts environment variables into external labels: `$NAME`, `${NAME}`, and `$$` for a dollar sign, by the rules of Go's `os.Expand`.
enum EnvironmentExpansion {
    /// The text with everything put in; `missing` gets the names that are unset or empty, which stand for nothing.
    static func expand(_ text: String, _ environment: [String: String], missing: (String) -> Void) -> String {
        var out = String.UnicodeScalarView()
        var rest = Substring(text).unicodeScalars
        while let next = rest.popFirst() {
            guard next == "$", !rest.isEmpty else {
                out.append(next)
                continue
            }
            guard let name = takeName(&rest) else { continue }
            if name == "$" {
                out.append("$")
            } else if let value = environment[name], !value.isEmpty {
                out.append(contentsOf: value.unicodeScalars)
            } else {
                missing(name)
            }
        }
        return String(out)
    }

    /// The name behind a dollar sign; nil for what is swallowed as malformed.
    private static func takeName(_ rest: inout Substring.UnicodeScalarView) -> String? {
        guard let first = rest.first else { return nil }
        if first == "{" {
            rest.removeFirst()
            guard let end = rest.firstIndex(of: "}") else { return nil }
            defer { rest = rest[rest.index(after: end)...] }
            return end == rest.startIndex ? nil : String(rest[..<end])
        }
        if "*#$@!?-0123456789".unicodeScalars.contains(first) {
            rest.removeFirst()
            return String(first)
        }
        let name = rest.prefix { $0 == "_" || ($0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil)) }
        rest = rest[name.endIndex...]
        return name.isEmpty ? "$" : String(name)
    }
}
