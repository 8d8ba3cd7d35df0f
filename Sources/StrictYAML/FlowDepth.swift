/// Looks for brackets nested too deeply before the parser, which recurses once a level, sees them.
enum FlowDepth {
    /// The place of the first bracket that opens level `limit + 1`. Brackets in quotes and comments do not count;
    /// one in plain text may, which only matters a hundred levels down.
    static func firstExcess(in text: String, limit: Int, file: String) -> YAMLPlace? {
        var depth = 0
        var quote: UInt8 = 0
        var before: UInt8 = UInt8(ascii: "\n")
        var comment = false
        for (offset, byte) in text.utf8.enumerated() {
            defer { before = byte }
            if comment {
                comment = byte != UInt8(ascii: "\n")
            } else if quote != 0 {
                if byte == quote, !(quote == UInt8(ascii: "\"") && before == UInt8(ascii: "\\")) { quote = 0 }
            } else {
                switch byte {
                case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
                case UInt8(ascii: "]"), UInt8(ascii: "}"): depth = max(0, depth - 1)
                case UInt8(ascii: "\""), UInt8(ascii: "'"): if depth > 0, opensQuote(after: before) { quote = byte }
                case UInt8(ascii: "#"): comment = isBlank(before)
                default: break
                }
                if depth > limit { return YAMLPlace(file: file, scalarOffset: offset, in: text) }
            }
        }
        return nil
    }

    private static func opensQuote(after byte: UInt8) -> Bool { isBlank(byte) || "[{,:".utf8.contains(byte) }

    private static func isBlank(_ byte: UInt8) -> Bool { " \t\r\n".utf8.contains(byte) }
}
