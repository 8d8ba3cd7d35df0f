/// Walks the key of a series line, `name{label="value",…}` or `{"name",label="value",…}`, and reports its parts to a visitor.
///
/// One grammar serves both the cursor, which only needs the end of the key, and ``KeyReader``, which needs the labels.
struct KeyScanner<Visitor: KeyVisitor> {
    let page: UnsafePointer<UInt8>
    let end: Int
    let format: ExpositionFormat
    var at: Int
    var visitor: Visitor

    /// What is wrong with a key, and where.
    struct Failure: Error {
        let offset: Int
        let cause: String
    }

    /// Moves behind the last byte of the key. Labels that are only a part (an exemplar's) have no name and allow none in quotes.
    mutating func scan(nameless: Bool = false) throws(Failure) {
        var named = nameless
        if at < end, Byte.isLetter(page[at]) || page[at] == Byte.colon {
            let start = at
            skipName(colons: true)
            visitor.name(start..<at, quoted: false)
            named = true
        } else if at >= end || page[at] != Byte.openBrace {
            throw failure("expected a metric name")
        }
        let afterName = at
        skipBlanks()
        guard at < end, page[at] == Byte.openBrace else {
            at = afterName
            return
        }
        at &+= 1
        try labels(named: named, exemplar: nameless)
    }

    /// From behind the opening brace to behind the closing one. A trailing comma is allowed.
    private mutating func labels(named: Bool, exemplar: Bool) throws(Failure) {
        var named = named
        skipBlanks()
        while true {
            guard at < end else { throw failure("the labels have no closing brace") }
            if page[at] == Byte.closeBrace { break }
            let isQuoted = page[at] == Byte.quote
            let name = isQuoted ? try quotedText("label name") : try plainLabelName()
            skipBlanks()
            let next = at < end ? page[at] : 0
            if isQuoted, next == Byte.comma || next == Byte.closeBrace {
                guard !exemplar else { throw failure("expected = after a label name") }
                guard !named else { throw failure("a second metric name") }
                named = true
                visitor.name(name, quoted: true)
            } else {
                try value(of: name, quoted: isQuoted)
            }
            try separator()
        }
        guard named else { throw failure("there is no metric name") }
        at &+= 1
    }

    private mutating func value(of name: Range<Int>, quoted: Bool) throws(Failure) {
        guard at < end, page[at] == Byte.equals else { throw failure("expected = after a label name") }
        at &+= 1
        skipBlanks()
        guard at < end, page[at] == Byte.quote else { throw failure("expected a label value in double quotes") }
        visitor.label(name, quoted: quoted, try quotedText("label value"))
        skipBlanks()
    }

    private mutating func separator() throws(Failure) {
        guard at < end else { throw failure("the labels have no closing brace") }
        if page[at] == Byte.comma {
            at &+= 1
            skipBlanks()
        } else if page[at] != Byte.closeBrace {
            throw failure("expected a comma or a closing brace")
        }
    }

    private mutating func plainLabelName() throws(Failure) -> Range<Int> {
        guard Byte.isLetter(page[at]) else { throw failure("expected a label name") }
        let start = at
        skipName(colons: false)
        return start..<at
    }

    /// The text between double quotes, still escaped. OpenMetrics allows no line break in it.
    private mutating func quotedText(_ what: String) throws(Failure) -> Range<Int> {
        let start = at &+ 1
        at = start
        while at < end {
            let byte = page[at]
            if byte == Byte.quote {
                at &+= 1
                return start..<(at &- 1)
            }
            if byte == Byte.newline, format == .openMetrics { break }
            if byte == Byte.backslash {
                at &+= 1
                if at >= end || page[at] == Byte.newline { break }
            }
            at &+= 1
        }
        at = min(at, end)
        throw failure("a \(what) without its closing quote")
    }

    private mutating func skipName(colons: Bool) {
        while at < end, Byte.isLetter(page[at]) || Byte.isDigit(page[at]) || (colons && page[at] == Byte.colon) { at &+= 1 }
    }

    /// Prometheus text allows blanks between the parts, OpenMetrics none.
    private mutating func skipBlanks() {
        guard format == .text else { return }
        while at < end, Byte.isBlank(page[at]) { at &+= 1 }
    }

    private func failure(_ cause: String) -> Failure { Failure(offset: at, cause: cause) }
}

/// Receives the parts of a key, as byte ranges that are still escaped.
protocol KeyVisitor {
    mutating func name(_ range: Range<Int>, quoted: Bool)
    mutating func label(_ name: Range<Int>, quoted: Bool, _ value: Range<Int>)
}

/// For when only the extent of the key matters.
struct IgnoringVisitor: KeyVisitor {
    mutating func name(_ range: Range<Int>, quoted: Bool) {}
    mutating func label(_ name: Range<Int>, quoted: Bool, _ value: Range<Int>) {}
}
