/// Why a page is not what its format says, and where.
public struct ExpositionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Counted from 1.
    public let line: Int
    /// The byte in the page, counted from 0.
    public let offset: Int
    public let cause: String

    public init(line: Int, offset: Int, cause: String) {
        self.line = line
        self.offset = offset
        self.cause = cause
    }

    /// Finds the line of a byte offset.
    init(_ page: UnsafeRawBufferPointer, at offset: Int, _ cause: String) {
        let newlines = page.prefix(offset).reduce(0) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
        self.init(line: newlines + 1, offset: offset, cause: cause)
    }

    public var description: String { "line \(line), byte \(offset): \(cause)" }
}
