import Glibc

/// Takes the framing out of a body in chunks (RFC 9112, section 7.1), in place: what was received is moved together.
struct ChunkedBody: Sendable {
    private enum Place {
        /// In the digits of a size.
        case size
        /// Behind them, on their line.
        case `extension`
        case sizeEnd
        case data
        case dataEnd
        case dataNewline
        /// At the beginning of a line behind the last chunk.
        case trailer
        case trailerLine
        case lastNewline
        case done
    }

    /// Bytes of the line that says how long a chunk is.
    static let lineLimit = 1024
    /// Bytes of all that is behind the last chunk.
    static let trailerLimit = 8 << 10
    /// So that sums of sizes do not overflow.
    private static let digitLimit = 15

    private var place = Place.size
    /// Of the chunk at hand: what is missing.
    private var left = 0
    private var digits = 0
    /// Bytes of the line, or of what is behind the last chunk.
    private var length = 0

    init() {}

    /// The body is whole.
    var isDone: Bool { if case .done = place { true } else { false } }

    /// Takes all of `bytes`, moves the content among them to the beginning, and says how much content that is. Bytes behind the body's end are not
    /// touched: `rest` is how many.
    mutating func take(_ bytes: UnsafeMutableRawBufferPointer) throws(ScrapeError) -> (content: Int, rest: Int) {
        guard let base = bytes.baseAddress else { return (0, 0) }
        var (at, content) = (0, 0)
        while at < bytes.count, !isDone {
            if case .data = place {
                let count = min(left, bytes.count - at)
                if content != at { memmove(base + content, base + at, count) }
                (at, content, left) = (at + count, content + count, left - count)
                if left == 0 { place = .dataEnd }
            } else {
                try take(bytes[at])
                at += 1
            }
        }
        return (content, bytes.count - at)
    }

    private mutating func take(_ byte: UInt8) throws(ScrapeError) {
        switch place {
        case .size: try takeSize(byte)
        case .extension: try takeExtension(byte)
        case .sizeEnd: try expect("\n", byte, then: left == 0 ? .trailer : .data)
        case .dataEnd: if byte == UInt8(ascii: "\n") { place = .size } else { try expect("\r", byte, then: .dataNewline) }
        case .dataNewline: try expect("\n", byte, then: .size)
        case .trailer, .trailerLine: try takeTrailer(byte)
        case .lastNewline: try expect("\n", byte, then: .done)
        case .data, .done: break
        }
    }

    private mutating func takeSize(_ byte: UInt8) throws(ScrapeError) {
        if let digit = Self.value(ofDigit: byte) {
            guard digits < Self.digitLimit else { throw Self.malformed("a size of too many digits") }
            left = digits == 0 ? digit : left << 4 | digit
            digits += 1
            return
        }
        guard digits > 0 else { throw Self.malformed("no size") }
        length = digits
        switch byte {
        case UInt8(ascii: "\r"), UInt8(ascii: "\n"): try endLine(byte)
        case UInt8(ascii: ";"), UInt8(ascii: " "), UInt8(ascii: "\t"): place = .extension
        default: throw Self.malformed("a bad size")
        }
    }

    private mutating func takeExtension(_ byte: UInt8) throws(ScrapeError) {
        length += 1
        guard length <= Self.lineLimit else { throw Self.malformed("a size with more than \(Self.lineLimit) bytes on its line") }
        if byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n") { try endLine(byte) }
    }

    private mutating func endLine(_ byte: UInt8) throws(ScrapeError) {
        (digits, length) = (0, 0)
        place = byte == UInt8(ascii: "\r") ? .sizeEnd : left == 0 ? .trailer : .data
    }

    /// Trailers are passed over.
    private mutating func takeTrailer(_ byte: UInt8) throws(ScrapeError) {
        length += 1
        guard length <= Self.trailerLimit else { throw Self.malformed("more than \(Self.trailerLimit) bytes behind the last chunk") }
        if case .trailerLine = place {
            if byte == UInt8(ascii: "\n") { place = .trailer }
            return
        }
        switch byte {
        case UInt8(ascii: "\n"): place = .done
        case UInt8(ascii: "\r"): place = .lastNewline
        default: place = .trailerLine
        }
    }

    private mutating func expect(_ expected: Unicode.Scalar, _ byte: UInt8, then next: Place) throws(ScrapeError) {
        guard byte == UInt8(ascii: expected) else { throw Self.malformed("a chunk that does not end where it should") }
        place = next
    }

    private static func value(ofDigit byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    private static func malformed(_ what: String) -> ScrapeError { ScrapeError("malformed chunked body: \(what)") }
}
