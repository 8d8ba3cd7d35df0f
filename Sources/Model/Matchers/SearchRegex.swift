import CRE2

/// A regular expression in RE2's syntax that is looked for within texts, as Go's `regexp` does; `.` matches no newline. Never backtracks.
public final class SearchRegex: @unchecked Sendable {
    // RE2 objects are immutable once compiled and may be used from several threads.
    private let compiled: OpaquePointer
    private let groups: Int

    public struct Invalid: Error {
        /// What is wrong, in RE2's words.
        public let reason: String
        /// The part of the pattern that it is about, empty if it is about none.
        public let part: String
    }

    public init(_ pattern: String) throws(Invalid) {
        var text = pattern
        var reason = [CChar](repeating: 0, count: 128)
        var part = [CChar](repeating: 0, count: 1024)
        let made = text.withUTF8 { text in
            text.withMemoryRebound(to: CChar.self) {
                martlet_re2_new_search($0.baseAddress, $0.count, &reason, reason.count, &part, part.count)
            }
        }
        guard let made else { throw Invalid(reason: Self.text(reason), part: Self.text(part)) }
        compiled = made
        groups = Int(martlet_re2_group_count(made)) + 1
    }

    deinit { martlet_re2_free(compiled) }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Whether any part of the text matches.
    public func isFound(in text: String) -> Bool {
        var text = text
        return text.withUTF8 { find($0, from: 0) != nil }
    }

    /// The text with every match replaced by the template, in which `$1`, `${name}` and the like stand for groups. Nil if the result would
    /// have more bytes than `limit`.
    public func replacing(in text: String, with template: String, limit: Int) -> String? {
        var text = text
        let isConstant = !template.utf8.contains(UInt8(ascii: "$"))
        return text.withUTF8 { bytes in
            var out = ""
            var copied = 0
            var start = 0
            while start <= bytes.count, let spans = find(bytes, from: start) {
                let (from, to) = (Int(spans[0]), Int(spans[1]))
                out += String(decoding: bytes[copied..<from], as: UTF8.self)
                // Nothing is put in between a match and an empty one right behind it.
                if to > copied || from == 0 { out += isConstant ? template : expand(template, bytes, spans) }
                if out.utf8.count > limit { return nil }
                copied = to
                start = to > start ? to : start + Self.width(of: bytes, at: start)
            }
            out += String(decoding: bytes[copied...], as: UTF8.self)
            return out.utf8.count > limit ? nil : out
        }
    }

    private func expand(_ template: String, _ bytes: UnsafeBufferPointer<UInt8>, _ spans: [Int64]) -> String {
        GroupTemplate.expand(template, index: { GroupTemplate.groupIndex($0, of: compiled) }) { index in
            guard index < groups, spans[2 * index] >= 0 else { return "" }
            return String(decoding: bytes[Int(spans[2 * index])..<Int(spans[2 * index + 1])], as: UTF8.self)
        }
    }

    /// Start and end of each group of the first match from an offset on, -1 where a group took no part.
    private func find(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> [Int64]? {
        var spans = [Int64](repeating: -1, count: 2 * groups)
        let isFound =
            bytes.count == 0
            ? martlet_re2_find(compiled, "", 0, 0, &spans, Int32(groups))
            : bytes.withMemoryRebound(to: CChar.self) { martlet_re2_find(compiled, $0.baseAddress, $0.count, start, &spans, Int32(groups)) }
        return isFound ? spans : nil
    }

    /// Bytes of the character at an offset.
    private static func width(of bytes: UnsafeBufferPointer<UInt8>, at offset: Int) -> Int {
        var width = 1
        while offset + width < bytes.count, bytes[offset + width] & 0xc0 == 0x80 { width += 1 }
        return width
    }
}
