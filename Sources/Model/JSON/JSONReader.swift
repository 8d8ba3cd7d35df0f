extension JSONValue {
    /// How deep arrays and objects may be nested.
    public static let depthLimit = 64

    /// Reads one document as RFC 8259 has it, nothing more: no comments, no trailing commas, no bytes that are not UTF-8.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes: bytes)
        reader.skipSpace()
        self = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.at == bytes.count else { throw reader.error("something behind the end of the document") }
    }
}

private struct JSONReader {
    let bytes: [UInt8]
    var at = 0

    var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    func error(_ reason: String) -> JSONError { JSONError(offset: at, reason: reason) }

    mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { at += 1 }
    }

    /// Takes the byte if it is the next, and the space behind it.
    mutating func take(_ sign: Unicode.Scalar) -> Bool {
        guard let byte = next, byte == UInt8(ascii: sign) else { return false }
        at += 1
        skipSpace()
        return true
    }

    mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        guard depth < JSONValue.depthLimit else { throw error("nested too deep") }
        switch next {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try array(depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case nil: throw error("ends where a value is expected")
        default: return .number(try number())
        }
    }

    private mutating func word(_ text: String, _ meaning: JSONValue) throws(JSONError) -> JSONValue {
        guard bytes[at...].starts(with: text.utf8) else { throw error("no value") }
        at += text.utf8.count
        return meaning
    }

    private mutating func array(_ depth: Int) throws(JSONError) -> JSONValue {
        var elements: [JSONValue] = []
        _ = take("[")
        if take("]") { return .array([]) }
        repeat {
            elements.append(try value(depth: depth + 1))
            skipSpace()
        } while take(",")
        guard take("]") else { throw error("no comma or bracket behind an element") }
        return .array(elements)
    }

    private mutating func object(_ depth: Int) throws(JSONError) -> JSONValue {
        var members: [JSONValue.Member] = []
        _ = take("{")
        if take("}") { return .object([]) }
        repeat {
            guard next == UInt8(ascii: "\"") else { throw error("a member's name is expected") }
            let name = try string()
            skipSpace()
            guard take(":") else { throw error("no colon behind a member's name") }
            members.append(JSONValue.Member(name, try value(depth: depth + 1)))
            skipSpace()
        } while take(",")
        guard take("}") else { throw error("no comma or brace behind a member") }
        return .object(members)
    }

    private mutating func number() throws(JSONError) -> String {
        let start = at
        if next == UInt8(ascii: "-") { at += 1 }
        let zero = next == UInt8(ascii: "0")
        let whole = digits()
        guard whole > 0 else { throw error("no value") }
        if zero, whole > 1 { throw error("a number with a leading zero") }
        if next == UInt8(ascii: ".") {
            at += 1
            guard digits() > 0 else { throw error("no digit behind the point") }
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            at += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { at += 1 }
            guard digits() > 0 else { throw error("no digit in the exponent") }
        }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    private mutating func digits() -> Int {
        let start = at
        while let byte = next, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { at += 1 }
        return at - start
    }

    private mutating func string() throws(JSONError) -> String {
        var text: [UInt8] = []
        at += 1
        while let byte = next {
            guard byte >= 0x20 else { throw error("a control character in a string") }
            at += 1
            if byte == UInt8(ascii: "\"") {
                guard let string = String(validating: text, as: UTF8.self) else { throw error("a string that is not UTF-8") }
                return string
            }
            if byte == UInt8(ascii: "\\") { text += try escape() } else { text.append(byte) }
        }
        throw error("ends within a string")
    }

    private mutating func escape() throws(JSONError) -> [UInt8] {
        guard let sign = next else { throw error("ends within a string") }
        at += 1
        switch sign {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [sign]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return Array(String(try scalar()).utf8)
        default: throw error("an unknown escape")
        }
    }

    /// What is behind `\u`, with a second escape if it is the first half of a surrogate pair.
    private mutating func scalar() throws(JSONError) -> Character {
        var code = try fourDigits()
        if 0xd800..<0xdc00 ~= code {
            guard bytes[at...].starts(with: "\\u".utf8) else { throw error("half a surrogate pair") }
            at += 2
            let low = try fourDigits()
            guard 0xdc00..<0xe000 ~= low else { throw error("half a surrogate pair") }
            code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw error("half a surrogate pair") }
        return Character(scalar)
    }

    private mutating func fourDigits() throws(JSONError) -> UInt32 {
        let digits = bytes[at...].prefix(4)
        let text = String(decoding: digits, as: UTF8.self)
        guard digits.count == 4, digits.allSatisfy({ $0 != UInt8(ascii: "+") }), let code = UInt32(text, radix: 16) else {
            throw error("no four hexadecimal digits behind \\u")
        }
        at += 4
        return code
    }
}
