/// The head of an HTTP/1 response (RFC 9112), read where it was received.
///
/// Whatever leaves room for two readings is refused rather than read in one of them.
struct ResponseHead: Equatable, Sendable {
    /// How the body's end is known.
    enum Body: Equatable, Sendable {
        case empty
        case length(Int)
        case chunked
        /// By the end of the connection.
        case untilEnd
    }

    /// Bytes of all heads of one response, those of 1xx included.
    static let limit = 64 << 10

    private(set) var status = 0
    /// Where the words behind the status stand.
    private(set) var reason = 0..<0
    private(set) var body = Body.untilEnd
    /// Where the value of Content-Type stands.
    private(set) var contentType: Range<Int>?
    private(set) var isGzip = false
    /// The connection may be used again.
    private(set) var keepsAlive = false
    /// Behind the empty line.
    private(set) var end = 0

    private var isOld = false
    private var length: Int?
    private var isChunked = false
    private var closes = false
    private var asksToKeep = false

    private init() {}

    /// How far the bytes of a response have been looked through for its head.
    struct Search: Sendable {
        /// Behind heads of 1xx.
        fileprivate var start = 0
        fileprivate var at = 0

        init() {}
    }

    /// Reads the head in `bytes`, passing over those of 1xx; nil if it has not come whole.
    static func read(_ bytes: UnsafeRawBufferPointer, _ search: inout Search) throws(ScrapeError) -> ResponseHead? {
        while let end = end(bytes, &search) {
            guard end <= limit else { throw tooLong }
            let head = try parse(bytes, search.start..<end)
            if head.status >= 200 { return head }
            if head.status == 101 { throw malformed("the protocol was changed unasked") }
            search.start = end
        }
        if bytes.count > limit { throw tooLong }
        return nil
    }

    // MARK: Lines

    /// Behind the first empty line.
    private static func end(_ bytes: UnsafeRawBufferPointer, _ search: inout Search) -> Int? {
        while search.at < bytes.count, let found = bytes[search.at...].firstIndex(of: newline) {
            search.at = found + 1
            // The line before ends right here, or there is but its carriage return between.
            let before = found > search.start && bytes[found - 1] == carriageReturn ? found - 1 : found
            if before > search.start, bytes[before - 1] == newline { return found + 1 }
        }
        search.at = bytes.count
        return nil
    }

    private static func parse(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) throws(ScrapeError) -> ResponseHead {
        var head = ResponseHead()
        head.end = range.upperBound
        var at = range.lowerBound
        var isFirst = true
        while at < range.upperBound {
            guard let found = bytes[at..<range.upperBound].firstIndex(of: newline) else { break }
            let line = at..<(found > at && bytes[found - 1] == carriageReturn ? found - 1 : found)
            at = found + 1
            if isFirst { try head.readStatus(bytes, line) } else if !line.isEmpty { try head.readField(bytes, line) }
            isFirst = false
        }
        try head.settle()
        return head
    }

    /// `HTTP/1.1 200 OK`, of which the words may be missing.
    private mutating func readStatus(_ bytes: UnsafeRawBufferPointer, _ line: Range<Int>) throws(ScrapeError) {
        let text = bytes[line]
        let begin = line.lowerBound
        guard text.count >= 12, begins(UnsafeRawBufferPointer(rebasing: text), "HTTP/1."), bytes[begin + 8] == space else {
            throw Self.malformed("no status line")
        }
        switch bytes[begin + 7] {
        case UInt8(ascii: "1"): isOld = false
        case UInt8(ascii: "0"): isOld = true
        default: throw Self.malformed("an unknown version of HTTP")
        }
        let digits = text[(begin + 9)..<(begin + 12)]
        guard digits.allSatisfy(isDigit), text.count == 12 || bytes[begin + 12] == space else { throw Self.malformed("no status") }
        status = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        guard status >= 100 else { throw Self.malformed("no status") }
        reason = min(begin + 13, line.upperBound)..<line.upperBound
    }

    private mutating func readField(_ bytes: UnsafeRawBufferPointer, _ line: Range<Int>) throws(ScrapeError) {
        guard let colon = bytes[line].firstIndex(of: UInt8(ascii: ":")), colon > line.lowerBound else {
            throw Self.malformed("a line without a name")
        }
        let name = UnsafeRawBufferPointer(rebasing: bytes[line.lowerBound..<colon])
        // A blank would begin a line that goes on with the one before, or end a name; both are read differently by different programs.
        guard name.allSatisfy(isTokenByte) else { throw Self.malformed("a name with a character that no name has") }
        let value = trimmed(bytes, (colon + 1)..<line.upperBound)
        guard bytes[value].allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else { throw Self.malformed("a control character") }
        switch name.count {
        case 10 where equal(name, "connection"): readConnection(bytes, value)
        case 12 where equal(name, "content-type"): if contentType == nil { contentType = value }
        case 14 where equal(name, "content-length"): try readLength(bytes, value)
        case 16 where equal(name, "content-encoding"): isGzip = equal(UnsafeRawBufferPointer(rebasing: bytes[value]), "gzip")
        case 17 where equal(name, "transfer-encoding"): try readEncoding(bytes, value)
        default: break
        }
    }

    private mutating func readConnection(_ bytes: UnsafeRawBufferPointer, _ value: Range<Int>) {
        var rest = value
        while !rest.isEmpty {
            let comma = bytes[rest].firstIndex(of: UInt8(ascii: ",")) ?? rest.upperBound
            let word = UnsafeRawBufferPointer(rebasing: bytes[trimmed(bytes, rest.lowerBound..<comma)])
            if equal(word, "close") { closes = true }
            if equal(word, "keep-alive") { asksToKeep = true }
            rest = min(comma + 1, rest.upperBound)..<rest.upperBound
        }
    }

    private mutating func readLength(_ bytes: UnsafeRawBufferPointer, _ value: Range<Int>) throws(ScrapeError) {
        guard (1...18).contains(value.count), bytes[value].allSatisfy(isDigit) else { throw Self.malformed("a bad Content-Length") }
        let new = bytes[value].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        if let length, length != new { throw Self.malformed("two values of Content-Length") }
        length = new
    }

    private mutating func readEncoding(_ bytes: UnsafeRawBufferPointer, _ value: Range<Int>) throws(ScrapeError) {
        let isKnown = equal(UnsafeRawBufferPointer(rebasing: bytes[value]), "chunked") && !isChunked
        guard isKnown, !isOld else { throw Self.malformed("a Transfer-Encoding that was not asked for") }
        isChunked = true
    }

    /// RFC 9112, sections 6.3 and 9.3.
    private mutating func settle() throws(ScrapeError) {
        if isChunked, length != nil { throw Self.malformed("both Transfer-Encoding and Content-Length") }
        if status == 204 || status == 304 || status < 200 {
            body = .empty
        } else if isChunked {
            body = .chunked
        } else if let length {
            body = .length(length)
        }
        keepsAlive = body != .untilEnd && !closes && (!isOld || asksToKeep)
    }

    // MARK: Errors

    private static let tooLong = malformed("a head of more than \(limit) bytes")

    private static func malformed(_ what: String) -> ScrapeError { ScrapeError("malformed HTTP response: \(what)") }
}

private let newline = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")
private let space = UInt8(ascii: " ")

private func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

/// RFC 9110, section 5.6.2.
private func isTokenByte(_ byte: UInt8) -> Bool {
    if isDigit(byte) || (byte | 0x20) &- 0x61 < 26 { return true }
    return switch byte {
    case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"),
        UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "^"), UInt8(ascii: "`"), UInt8(ascii: "|"),
        UInt8(ascii: "~"):
        true
    default: false
    }
}

/// Without blanks and tabs around it.
private func trimmed(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Range<Int> {
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high, bytes[low] == space || bytes[low] == 0x09 { low += 1 }
    while high > low, bytes[high - 1] == space || bytes[high - 1] == 0x09 { high -= 1 }
    return low..<high
}

private func begins(_ bytes: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
    bytes.count >= word.utf8CodeUnitCount && (0..<word.utf8CodeUnitCount).allSatisfy { bytes[$0] == word.utf8Start[$0] }
}

/// Whether bytes are a word of small letters, whatever letters they have themselves.
private func equal(_ bytes: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
    guard bytes.count == word.utf8CodeUnitCount else { return false }
    return bytes.indices.allSatisfy { index in
        let byte = bytes[index]
        return (byte &- 0x41 < 26 ? byte | 0x20 : byte) == word.utf8Start[index]
    }
}
