/// The bytes of the query text that a node was read from. All ranges compare equal: two expressions are the same if they say the same.
public struct SourceRange: Sendable, Hashable {
    /// Offset of the first byte.
    public let start: Int
    /// Offset behind the last byte.
    public let end: Int

    public init(_ start: Int, _ end: Int) {
        self.start = start
        self.end = end
    }

    /// For expressions that were not read from a text.
    public static let none = SourceRange(0, 0)

    public static func == (a: SourceRange, b: SourceRange) -> Bool { true }
    public func hash(into hasher: inout Hasher) {}

    /// `line:column` of the first byte, both from 1, columns in bytes: the place that errors and annotations name.
    public func place(in text: String) -> String { Self.place(of: start, in: text.utf8) }

    static func place(of offset: Int, in text: some Collection<UInt8>) -> String {
        var line = 1
        var lineStart = 0
        for (at, byte) in text.prefix(offset).enumerated() where byte == UInt8(ascii: "\n") {
            line += 1
            lineStart = at + 1
        }
        return "\(line):\(offset - lineStart + 1)"
    }
}
