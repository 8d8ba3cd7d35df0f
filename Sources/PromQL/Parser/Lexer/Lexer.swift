import Model

/// Cuts query text into tokens. What a byte means depends on the brackets around it, as in Prometheus: inside braces every word is
/// a label name, inside square brackets only durations and their arithmetic may stand.
struct Lexer {
    let bytes: [UInt8]
    var at = 0
    /// Where the token being read starts.
    var start = 0
    private var parenDepth = 0
    private var inBraces = false
    private var inBrackets = false
    /// After `[` up to the first number.
    private var expectsDuration = false
    private var sawDuration = false
    private var sawColon = false

    init(_ text: String) { bytes = Array(text.utf8) }

    /// The next token; `.end` again and again behind the last. Text that is none is a `.fault`, which no construct expects: so whatever is wrong
    /// before it is complained of first.
    mutating func next() -> Token {
        do {
            return try scan()
        } catch {
            return Token(kind: .fault, range: error.range, text: error.message)
        }
    }

    private mutating func scan() throws(ParseError) -> Token {
        skipBlanks(comments: !expectsDuration)
        start = at
        if inBraces { return try nextInBraces() }
        if expectsDuration { return try nextInDuration() }
        return try nextInStatement()
    }

    // MARK: Outside braces

    private mutating func nextInStatement() throws(ParseError) -> Token {
        guard let byte = peek() else {
            if parenDepth != 0 { throw failure("unclosed left parenthesis") }
            if inBrackets { throw failure("unclosed left bracket") }
            return token(.end)
        }
        if isDigit(byte) || byte == UInt8(ascii: ".") && peek(1).map(isDigit) == true { return try numberOrDuration() }
        if isLetter(byte) || byte == UInt8(ascii: ":") { return inBrackets ? try wordInBrackets() : word() }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"): return try string()
        case UInt8(ascii: "("), UInt8(ascii: ")"): return try parenthesis(byte)
        case UInt8(ascii: "{"):
            inBraces = true
            return symbol(.leftBrace)
        case UInt8(ascii: "["), UInt8(ascii: "]"): return try bracket(byte)
        default: return try operatorSymbol(byte)
        }
    }

    private mutating func operatorSymbol(_ byte: UInt8) throws(ParseError) -> Token {
        let second = peek(1)
        switch byte {
        case UInt8(ascii: ","): return symbol(.comma)
        case UInt8(ascii: "*"): return symbol(.multiply)
        case UInt8(ascii: "/"): return symbol(.divide)
        case UInt8(ascii: "%"): return symbol(.modulo)
        case UInt8(ascii: "+"): return symbol(.add)
        case UInt8(ascii: "-"): return symbol(.subtract)
        case UInt8(ascii: "^"): return symbol(.power)
        case UInt8(ascii: "@"): return symbol(.at)
        case UInt8(ascii: "="):
            if second == UInt8(ascii: "~") { throw failure("unexpected character after '=': '~'") }
            return symbol(second == UInt8(ascii: "=") ? .equal : .assign)
        case UInt8(ascii: "!"):
            guard second == UInt8(ascii: "=") else { throw failure("unexpected character after '!': \(quotedCharacter(at: at + 1))") }
            return symbol(.notEqual)
        case UInt8(ascii: "<"):
            return symbol(second == UInt8(ascii: "=") ? .lessOrEqual : second == UInt8(ascii: "/") ? .trimUpper : .less)
        case UInt8(ascii: ">"):
            return symbol(second == UInt8(ascii: "=") ? .greaterOrEqual : second == UInt8(ascii: "/") ? .trimLower : .greater)
        default: throw failure("unexpected character: \(quotedCharacter(at: at))")
        }
    }

    private mutating func parenthesis(_ byte: UInt8) throws(ParseError) -> Token {
        guard byte == UInt8(ascii: ")") else {
            parenDepth += 1
            return symbol(.leftParen)
        }
        let result = symbol(.rightParen)
        parenDepth -= 1
        if parenDepth < 0 {
            start = at
            throw failure("unexpected right parenthesis ')'")
        }
        return result
    }

    private mutating func bracket(_ byte: UInt8) throws(ParseError) -> Token {
        if byte == UInt8(ascii: "[") {
            if inBrackets { throw failure("unexpected left bracket '['") }
            inBrackets = true
            sawColon = false
            expectsDuration = true
            return symbol(.leftBracket)
        }
        guard inBrackets else { throw failure("unexpected right bracket ']'") }
        inBrackets = false
        expectsDuration = false
        return symbol(.rightBracket)
    }

    private mutating func word() -> Token {
        var hasColon = false
        while let byte = peek(), isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: ":") {
            hasColon = hasColon || byte == UInt8(ascii: ":")
            at += 1
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if hasColon { return token(.metricIdentifier) }
        return token(isNumberWord(text) ? .number : Keyword(word: text).map { .keyword($0) } ?? .identifier)
    }

    // MARK: Inside brackets

    private mutating func nextInDuration() throws(ParseError) -> Token {
        guard let byte = peek() else { throw failure("unexpected end of input in duration expression") }
        if isDigit(byte) || byte == UInt8(ascii: ".") && peek(1).map(isDigit) == true { return try numberOrDuration() }
        if isLetter(byte), let word = durationWord() { return word }
        switch byte {
        case UInt8(ascii: "]"): return try bracket(byte)
        case UInt8(ascii: "("), UInt8(ascii: ")"): return try parenthesis(byte)
        case UInt8(ascii: ":"):
            let colon = symbol(.colon)
            start = at
            if !sawDuration { throw failure("unexpected colon before duration in duration expression") }
            if sawColon { throw failure("unexpected repeated colon in duration expression") }
            sawColon = true
            return colon
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "%"), UInt8(ascii: "^"), UInt8(ascii: ","):
            return try operatorSymbol(byte)
        default: throw failure("unexpected character in duration expression: \(quotedCharacter(at: at))")
        }
    }

    private mutating func wordInBrackets() throws(ParseError) -> Token {
        if let word = durationWord() { return word }
        guard peek() == UInt8(ascii: ":") else { throw failure("unexpected character: \(quotedCharacter(at: at)), expected ':'") }
        if sawColon { throw failure("unexpected colon ':'") }
        sawColon = true
        return symbol(.colon)
    }

    /// `step`, `range`, `min_of`, `max_of`.
    private mutating func durationWord() -> Token? {
        var end = at
        while end < bytes.count, isLetter(bytes[end]) { end += 1 }
        let kind: Token.Kind
        switch String(decoding: bytes[at..<end], as: UTF8.self).lowercased() {
        case "step": kind = .keyword(.step)
        case "range": kind = .keyword(.range)
        case "min_of", "max_of": kind = .identifier
        default: return nil
        }
        at = end
        sawDuration = true
        return token(kind)
    }

    private mutating func numberOrDuration() throws(ParseError) -> Token {
        let isNumber = scanNumber()
        guard isNumber || scanRestOfDuration() else {
            throw failure("bad number or duration syntax: \(quoted(String(decoding: bytes[start..<at], as: UTF8.self)))")
        }
        expectsDuration = false
        if inBrackets { sawDuration = true }
        return token(isNumber ? .number : .duration)
    }

    // MARK: Inside braces

    private mutating func nextInBraces() throws(ParseError) -> Token {
        guard let byte = peek() else { throw failure("unexpected end of input inside braces") }
        if isLetter(byte) {
            while let byte = peek(), isLetter(byte) || isDigit(byte) { at += 1 }
            return token(.identifier)
        }
        let second = peek(1)
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"): return try string()
        case UInt8(ascii: ","): return symbol(.comma)
        case UInt8(ascii: "="): return symbol(second == UInt8(ascii: "~") ? .matches : .assign)
        case UInt8(ascii: "!"):
            if second == UInt8(ascii: "~") { return symbol(.matchesNot) }
            if second == UInt8(ascii: "=") { return symbol(.notEqual) }
            throw failure("unexpected character after '!' inside braces: \(quotedCharacter(at: at + 1))")
        case UInt8(ascii: "{"):
            throw failure("unexpected left brace '{'")
        case UInt8(ascii: "}"):
            inBraces = false
            return symbol(.rightBrace)
        default: throw failure("unexpected character inside braces: \(quotedCharacter(at: at))")
        }
    }

    // MARK: Helpers

    func peek(_ ahead: Int = 0) -> UInt8? { at + ahead < bytes.count ? bytes[at + ahead] : nil }

    func token(_ kind: Token.Kind) -> Token {
        Token(kind: kind, range: SourceRange(start, at), text: String(decoding: bytes[start..<at], as: UTF8.self))
    }

    private mutating func symbol(_ symbol: Symbol) -> Token {
        at += symbol.rawValue.utf8.count
        return token(.symbol(symbol))
    }

    func failure(_ message: String) -> ParseError { ParseError(SourceRange(start, bytes.count), message) }

    private mutating func skipBlanks(comments: Bool) {
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): at += 1
            case UInt8(ascii: "#") where comments:
                while let byte = peek(), byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") { at += 1 }
            default: return
            }
        }
    }

    /// The character at an offset in single quotes, escaped; U+FFFD behind the end.
    func quotedCharacter(at offset: Int) -> String {
        let scalar = offset < bytes.count ? String(decoding: bytes[offset...].prefix(4), as: UTF8.self).unicodeScalars.first : nil
        guard let scalar else { return "'\u{FFFD}'" }
        switch scalar {
        case "'": return "'\\''"
        case "\"": return "'\"'"
        case "\u{FFFD}": return "'\u{FFFD}'"
        default: return "'" + String(quoted(String(scalar)).unicodeScalars.dropFirst().dropLast()) + "'"
        }
    }
}

func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_") }
