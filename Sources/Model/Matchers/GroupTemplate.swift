import CRE2

/// A text with `$1`, `${1}`, `$name`, `${name}` and `$$`, in which the groups of a match are filled in.
enum GroupTemplate {
    /// Go's rules: `$name` takes the longest run of letters, digits and underscores; an unknown group is empty.
    static func expand(_ template: String, index: (String) -> Int?, group: (Int) -> String) -> String {
        var out = ""
        var rest = Substring(template)
        while let dollar = rest.firstIndex(of: "$") {
            out += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            if rest.first == "$" {
                out += "$"
                rest = rest.dropFirst()
                continue
            }
            guard let (name, after) = groupName(rest) else {
                out += "$"
                continue
            }
            rest = after
            if let index = Int(name) ?? index(name) { out += group(index) }
        }
        return out + rest
    }

    /// The number of a named group, nil if the expression has none of that name.
    static func groupIndex(_ name: String, of compiled: OpaquePointer) -> Int? {
        var name = name
        let index = name.withUTF8 { text in
            text.withMemoryRebound(to: CChar.self) { martlet_re2_group_index(compiled, $0.baseAddress, $0.count) }
        }
        return index >= 0 ? Int(index) : nil
    }

    private static func groupName(_ text: Substring) -> (String, Substring)? {
        let braced = text.first == "{"
        let body = braced ? text.dropFirst() : text
        let name = body.prefix { $0 == "_" || $0.isLetter || $0.isNumber }
        guard !name.isEmpty else { return nil }
        let after = body[name.endIndex...]
        if braced {
            guard after.first == "}" else { return nil }
            return (String(name), after.dropFirst())
        }
        return (String(name), after)
    }
}
