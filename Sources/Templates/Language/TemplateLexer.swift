/// Cuts a template into tokens. What cannot be a token ends them with a fault.
struct TemplateLexer {
    let bytes: [UInt8]
    var at = 0
    var start = 0
    private var line = 1
    private var startLine = 1
    private var parentheses = 0
    private(set) var tokens: [TemplateToken] = []

    static func tokens(of text: String) -> [TemplateToken] {
        var lexer = TemplateLexer(bytes: Array(text.utf8))
        lexer.run()
        return lexer.tokens
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func run() {
        do throws(Fault) {
            while try text() {
                try action()
            }
            emit(.end)
        } catch {
            tokens.append(TemplateToken(kind: .fault, position: start, line: startLine, text: error.message))
        }
    }

    struct Fault: Error { let message: String }

    // MARK: Text between actions

    /// Takes the text up to an action and the beginning of that, and comments on the way; false at the end of the template.
    private mutating func text() throws(Fault) -> Bool {
        while let delimiter = find("{{", from: at) {
            let trims = hasLeftTrimMarker(delimiter + 2)
            var end = delimiter
            if trims { while end > at, Self.isSpace(bytes[end - 1]) { end -= 1 } }
            at = delimiter
            emitText(upTo: end)
            let content = delimiter + (trims ? 4 : 2)
            if starts(content, with: "/*") {
                try comment(content)
                continue
            }
            at = delimiter + 2
            emit(.leftDelimiter)
            at = content
            skip()
            parentheses = 0
            return true
        }
        at = bytes.count
        emitText(upTo: at)
        return false
    }

    private mutating func emitText(upTo end: Int) {
        let next = at
        at = end
        if at > start { emit(.text) }
        at = next
        skip()
    }

    private mutating func comment(_ content: Int) throws(Fault) {
        at = content
        skip()
        guard let close = find("*/", from: content + 2) else { throw Fault(message: "unclosed comment") }
        at = close + 2
        guard let trims = rightDelimiter() else { throw Fault(message: "comment ends before closing delimiter") }
        at += trims ? 4 : 2
        if trims { passSpaces() }
        skip()
    }

    // MARK: Actions

    private mutating func action() throws(Fault) {
        while true {
            guard let trims = rightDelimiter() else {
                try inside()
                continue
            }
            if parentheses > 0 { throw Fault(message: "unclosed left paren") }
            if trims {
                at += 2
                skip()
            }
            at += 2
            emit(.rightDelimiter)
            if trims { passSpaces() }
            return skip()
        }
    }

    private mutating func inside() throws(Fault) {
        guard let scalar = next() else { throw Fault(message: "unclosed action") }
        switch scalar {
        case " ", "\t", "\r", "\n": spaces()
        case "=": emit(.assign)
        case ":":
            guard next() == "=" else { throw Fault(message: "expected :=") }
            emit(.declare)
        case "|": emit(.pipe)
        case "\"": try quoted(by: "\"", "unterminated quoted string", .string)
        case "'": try quoted(by: "'", "unterminated character constant", .characterConstant)
        case "`": try rawString()
        case "$": try name(.variable)
        case ".":
            if at < bytes.count, !Self.isDigit(bytes[at]) { return try name(.field) }
            at -= 1
            try number()
        case "+", "-", "0"..."9":
            at -= 1
            try number()
        case "(":
            emit(.leftParenthesis)
            parentheses += 1
        case ")":
            if parentheses == 0 { throw Fault(message: "unexpected right paren") }
            parentheses -= 1
            emit(.rightParenthesis)
        default:
            if Self.isAlphanumeric(scalar) { return try word(scalar) }
            guard (0x20..<0x7f).contains(scalar.value) else {
                throw Fault(message: "unrecognized character in action: \(GoQuote.name(of: scalar))")
            }
            emit(.character)
        }
    }

    /// The first space is taken already. The last one before `-}}` belongs to that.
    private mutating func spaces() {
        passSpaces()
        if starts(at, with: "-}}") { at -= 1 }
        if at > start { emit(.space) }
    }

    private mutating func word(_ first: Unicode.Scalar) throws(Fault) {
        skipAlphanumerics()
        let word = pending
        try expectTerminator()
        if let keyword = TemplateToken.Keyword(rawValue: word) { return emit(.keyword(keyword)) }
        emit(word == "true" || word == "false" ? .bool : .identifier)
    }

    /// A field or variable; its first character is taken already.
    private mutating func name(_ kind: TemplateToken.Kind) throws(Fault) {
        if isAtTerminator() { return emit(kind == .variable ? .variable : .keyword(.dot)) }
        skipAlphanumerics()
        try expectTerminator()
        emit(kind)
    }

    private mutating func expectTerminator() throws(Fault) {
        if isAtTerminator() { return }
        throw Fault(message: "bad character \(next().map { GoQuote.name(of: $0) } ?? "")")
    }

    private mutating func quoted(by quote: Unicode.Scalar, _ fault: String, _ kind: TemplateToken.Kind) throws(Fault) {
        while let scalar = next(), scalar != "\n" {
            if scalar == quote { return emit(kind) }
            if scalar == "\\" { guard let escaped = next(), escaped != "\n" else { break } }
        }
        throw Fault(message: fault)
    }

    private mutating func rawString() throws(Fault) {
        while let scalar = next() { if scalar == "`" { return emit(.rawString) } }
        throw Fault(message: "unterminated raw quoted string")
    }
}

extension TemplateLexer {
    // MARK: Numbers

    /// Takes whatever looks like a number; whether it is one the parser decides.
    private mutating func number() throws(Fault) {
        var isNumber = scanNumber()
        var kind = TemplateToken.Kind.number
        if isNumber, at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") {
            isNumber = scanNumber() && bytes[at - 1] == UInt8(ascii: "i")
            kind = .complex
        }
        if !isNumber { throw Fault(message: "bad number syntax: \(GoQuote.quote(pending))") }
        emit(kind)
    }

    private mutating func scanNumber() -> Bool {
        accept("+-")
        var digits = "0123456789_"
        if accept("0") {
            if accept("xX") {
                digits = "0123456789abcdefABCDEF_"
            } else if accept("oO") {
                digits = "01234567_"
            } else if accept("bB") {
                digits = "01_"
            }
        }
        acceptRun(digits)
        if accept(".") { acceptRun(digits) }
        if digits.utf8.count == 11 ? accept("eE") : digits.utf8.count == 23 && accept("pP") {
            accept("+-")
            acceptRun("0123456789_")
        }
        accept("i")
        guard let scalar = peek(), Self.isAlphanumeric(scalar) else { return true }
        _ = next()
        return false
    }

    @discardableResult
    private mutating func accept(_ set: String) -> Bool {
        guard at < bytes.count, set.utf8.contains(bytes[at]) else { return false }
        at += 1
        return true
    }

    private mutating func acceptRun(_ set: String) {
        while accept(set) {}
    }

    // MARK: Bytes and characters

    private var pending: String { String(decoding: bytes[start..<at], as: UTF8.self) }

    private mutating func emit(_ kind: TemplateToken.Kind) {
        tokens.append(TemplateToken(kind: kind, position: start, line: startLine, text: pending))
        skip()
    }

    /// What was taken belongs to no token.
    private mutating func skip() {
        for place in start..<max(start, at) where bytes[place] == UInt8(ascii: "\n") { line += 1 }
        startLine = line
        start = at
    }

    private mutating func next() -> Unicode.Scalar? {
        guard let scalar = peek() else { return nil }
        at += UTF8.width(scalar)
        return scalar
    }

    private func peek() -> Unicode.Scalar? {
        guard at < bytes.count else { return nil }
        if bytes[at] < 0x80 { return Unicode.Scalar(bytes[at]) }
        var rest = bytes[at...].makeIterator()
        var decoder = UTF8()
        guard case .scalarValue(let scalar) = decoder.decode(&rest) else { return nil }
        return scalar
    }

    private mutating func skipAlphanumerics() {
        while let scalar = peek(), Self.isAlphanumeric(scalar) { at += UTF8.width(scalar) }
    }

    private func isAtTerminator() -> Bool {
        guard at < bytes.count else { return true }
        if Self.isSpace(bytes[at]) || starts(at, with: "}}") { return true }
        return ".,|:()".utf8.contains(bytes[at])
    }

    private func hasLeftTrimMarker(_ place: Int) -> Bool {
        place + 1 < bytes.count && bytes[place] == UInt8(ascii: "-") && Self.isSpace(bytes[place + 1])
    }

    /// Whether the right delimiter that is next has a trim marker; nil if there is none.
    private func rightDelimiter() -> Bool? {
        if starts(at, with: "}}") { return false }
        return at < bytes.count && Self.isSpace(bytes[at]) && starts(at + 1, with: "-}}") ? true : nil
    }

    private mutating func passSpaces() {
        while at < bytes.count, Self.isSpace(bytes[at]) { at += 1 }
    }

    private func starts(_ place: Int, with text: StaticString) -> Bool {
        guard place + text.utf8CodeUnitCount <= bytes.count else { return false }
        return (0..<text.utf8CodeUnitCount).allSatisfy { bytes[place + $0] == text.utf8Start[$0] }
    }

    private func find(_ text: StaticString, from place: Int) -> Int? {
        (place..<max(place, bytes.count)).first { starts($0, with: text) }
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d || byte == 0x0a }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    static func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || GoText.isLetter(scalar) || GoText.isDigit(scalar)
    }
}
