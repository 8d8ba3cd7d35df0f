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
            return GroupTemplate.expand(template, index: { groupIndex($0) }) { index in
                guard index < groups, spans[2 * index] >= 0 else { return "" }
                return String(decoding: raw[Int(spans[2 * index])..<Int(spans[2 * index + 1])], as: UTF8.self)
            }
        }
    }

    private func groupIndex(_ name: String) -> Int? { GroupTemplate.groupIndex(name, of: compiled) }

    private func withCharacters<R>(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafePointer<CChar>) -> R) -> R {
        guard let base = bytes.baseAddress else { return "".withCString(body) }
        return body(base.assumingMemoryBound(to: CChar.self))
    }
}
