import Glibc

/// Walks a page line by line without allocating. The page's memory must outlive the cursor.
///
/// Accepts what Prometheus's own scraper accepts, no less and no more (save that a NUL where a line should begin is an error here, where
/// Prometheus would take it for the end of the page). ``StrictOpenMetrics`` checks the rules beyond.
public struct ExpositionCursor {
    @usableFromInline let page: UnsafePointer<UInt8>
    @usableFromInline let end: Int
    @usableFromInline var offset = 0
    /// Where the next line begins.
    public var position: Int { offset }
    public let format: ExpositionFormat

    public init(_ page: UnsafeRawBufferPointer, format: ExpositionFormat) {
        // An empty buffer may have no address; nothing is read from it.
        self.page = page.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? ("" as StaticString).utf8Start
        end = page.count
        self.format = format
    }

    /// The page's own bytes.
    public subscript(range: Range<Int>) -> UnsafeRawBufferPointer {
        precondition(range.upperBound <= end, "BUG: range \(range) of a page of \(end) bytes")
        return UnsafeRawBufferPointer(start: page + range.lowerBound, count: range.count)
    }

    /// The next line. After `.end` or an error it must not be called again.
    public mutating func next() throws(ExpositionError) -> ExpositionEntry {
        switch format {
        case .text: try nextText()
        case .openMetrics: try nextOpenMetrics()
        }
    }

    func failure(_ cause: String, at offset: Int? = nil) -> ExpositionError {
        ExpositionError(UnsafeRawBufferPointer(start: page, count: end), at: min(offset ?? self.offset, end), cause)
    }

    /// Moves behind the key at the offset and gives its extent.
    mutating func key(nameless: Bool = false) throws(ExpositionError) -> Range<Int> {
        var scanner = KeyScanner(page: page, end: end, format: format, at: offset, visitor: IgnoringVisitor())
        do {
            try scanner.scan(nameless: nameless)
        } catch {
            throw failure(error.cause, at: error.offset)
        }
        defer { offset = scanner.at }
        return offset..<scanner.at
    }

    /// Moves behind a name in metadata, `[a-zA-Z_:][a-zA-Z0-9_:]*` or anything in double quotes; the extent is without the quotes.
    mutating func metadataName() throws(ExpositionError) -> Range<Int> {
        let start = offset
        guard offset < end else { throw failure("expected a metric name") }
        if page[offset] == Byte.quote { return try quotedMetadataName() }
        while offset < end {
            let byte = page[offset]
            guard Byte.isLetter(byte) || byte == Byte.colon || (offset > start && Byte.isDigit(byte)) else { break }
            offset &+= 1
        }
        guard offset > start else { throw failure("expected a metric name") }
        return start..<offset
    }

    private mutating func quotedMetadataName() throws(ExpositionError) -> Range<Int> {
        let start = offset &+ 1
        var at = start
        while at < end, page[at] != Byte.quote, page[at] != Byte.newline { at &+= page[at] == Byte.backslash ? 2 : 1 }
        guard at < end, page[at] == Byte.quote else { throw failure("a metric name without its closing quote") }
        offset = at &+ 1
        return start..<at
    }

    /// Whether the bytes at the offset are `word`.
    func stands(_ word: StaticString, at offset: Int) -> Bool {
        end - offset >= word.utf8CodeUnitCount && memcmp(page + offset, word.utf8Start, word.utf8CodeUnitCount) == 0
    }

    /// Where the line begins that ends, with its newline, at an offset above 0.
    public func lineStart(before offset: Int) -> Int {
        precondition(offset > 0 && offset <= end, "BUG: no line ends at \(offset)")
        var at = offset &- 1
        while at > 0, page[at &- 1] != Byte.newline { at &-= 1 }
        return at
    }

    /// The end of the line that contains the offset: its newline or the end of the page.
    func lineEnd(from offset: Int) -> Int {
        guard offset < end, let newline = memchr(page + offset, Int32(Byte.newline), end - offset) else { return end }
        return UnsafePointer(newline.assumingMemoryBound(to: UInt8.self)) - page
    }
}
