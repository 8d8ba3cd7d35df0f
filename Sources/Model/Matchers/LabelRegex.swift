import CRE2

/// A regular expression in RE2's syntax, always matched against the whole text; `.` also matches a newline. Never backtracks.
public final class LabelRegex: @unchecked Sendable {
    // RE2 objects are immutable once compiled and may be used from several threads.
    private let compiled: OpaquePointer
    /// The expression as it was written.
    public let pattern: String

    public struct Invalid: Error, CustomStringConvertible {
        public let pattern: String
        public let reason: String
        public var description: String { "invalid regular expression \(quoted(pattern)): \(reason)" }
    }

    public init(_ pattern: String) throws(Invalid) {
        self.pattern = pattern
        // As it is, not in a group: there `a)(b` would pass.
        var text = pattern
        var reason = [CChar](repeating: 0, count: 256)
        let made = text.withUTF8 { text in
            text.withMemoryRebound(to: CChar.self) { martlet_re2_new($0.baseAddress, $0.count, &reason, reason.count) }
        }
        guard let made else {
            throw Invalid(pattern: pattern, reason: String(decoding: reason.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
        }
        compiled = made
    }

    deinit { martlet_re2_free(compiled) }

    public func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { matches(UnsafeRawBufferPointer($0)) }
    }

    public func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
        withCharacters(bytes) { martlet_re2_full_match(compiled, $0, bytes.count) }
    }

    /// Expands `$1`, `${1}`, `$name`, `${name}` and `$$` of `template` with the groups of a match; nil if `text` does not match.
    public func expand(_ template: String, matching text: String) -> String? {
        var text = text
        return text.withUTF8 { bytes in
            let raw = UnsafeRawBufferPointer(bytes)
            let groups = Int(martlet_re2_group_count(compiled)) + 1
            var spans = [Int64](repeating: -1, count: 2 * groups)
            guard withCharacters(raw, { martlet_re2_groups(compiled, $0, raw.count, &spans, Int32(groups)) }) else { return nil }
            return expand(template) { index in
                guard index < groups, spans[2 * index] >= 0 else { return "" }
                return String(decoding: raw[Int(spans[2 * index])..<Int(spans[2 * index + 1])], as: UTF8.self)
            }
        }
    }

    private func withCharacters<R>(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafePointer<CChar>) -> R) -> R {
        guard let base = bytes.baseAddress else { return "".withCString(body) }
        return body(base.assumingMemoryBound(to: CChar.self))
    }

    /// Go's template rules: `$name` takes the longest run of letters, digits and underscores; an unknown group is empty.
    private func expand(_ template: String, group: (Int) -> String) -> String {
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
            guard let (name, after) = Self.groupName(rest) else {
                out += "$"
                continue
            }
            rest = after
            if let index = Int(name) {
                out += group(index)
            } else {
                var name = name
                let index = name.withUTF8 { text in
                    text.withMemoryRebound(to: CChar.self) { martlet_re2_group_index(compiled, $0.baseAddress, $0.count) }
                }
                if index >= 0 { out += group(Int(index)) }
            }
        }
        return out + rest
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
