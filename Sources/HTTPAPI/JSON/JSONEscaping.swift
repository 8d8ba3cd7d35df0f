import Model

/// How strings are written. Prometheus's answers mix two habits of Go's encoders, and clients compare bytes.
enum JSONEscaping {
    /// Label names and values: only what JSON demands is escaped; `<`, U+007F and U+2028 stay as they are.
    case minimal
    /// All other text, so that it is safe inside a web page: `<`, `>`, `&` and the two line separators become `\u…`.
    case html
    /// As `html`, with the short forms `\b` and `\f`: the answer of a query that is a string.
    case htmlShort

    /// Appends the text in double quotes.
    func append(_ text: String, to out: inout [UInt8]) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0), to: &out) }
    }

    func append(_ text: UnsafeRawBufferPointer, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        var copied = 0
        var at = 0
        while at < text.count {
            let length = specialLength(text, at)
            if length == 0 {
                at += 1
                continue
            }
            out.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[copied..<at]))
            appendSpecial(text, at, length, to: &out)
            at += length
            copied = at
        }
        out.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[copied...]))
        out.append(UInt8(ascii: "\""))
    }

    /// How many bytes at `at` need escaping as one character; 0 if none.
    @inline(__always)
    private func specialLength(_ text: UnsafeRawBufferPointer, _ at: Int) -> Int {
        let byte = text[at]
        if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return 1 }
        guard self != .minimal else { return 0 }
        switch byte {
        case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"): return 1
        // U+2028 and U+2029 are E2 80 A8 and E2 80 A9.
        case 0xe2: return at + 2 < text.count && text[at + 1] == 0x80 && text[at + 2] & 0xfe == 0xa8 ? 3 : 0
        default: return 0
        }
    }

    private func appendSpecial(_ text: UnsafeRawBufferPointer, _ at: Int, _ length: Int, to out: inout [UInt8]) {
        let byte = text[at]
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
        case 0x0a: out += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
        case 0x0d: out += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
        case 0x09: out += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
        case 0x08 where self == .htmlShort: out += [UInt8(ascii: "\\"), UInt8(ascii: "b")]
        case 0x0c where self == .htmlShort: out += [UInt8(ascii: "\\"), UInt8(ascii: "f")]
        default: Self.appendCode(length == 3 ? 0x2028 | Int(text[at + 2] & 1) : Int(byte), to: &out)
        }
    }

    private static func appendCode(_ code: Int, to out: inout [UInt8]) {
        out += [UInt8(ascii: "\\"), UInt8(ascii: "u")]
        for shift in [12, 8, 4, 0] {
            let digit = UInt8(truncatingIfNeeded: code >> shift & 0xf)
            out.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }

    /// A label set as an object, in the labels' own order.
    static func appendLabels(_ labels: Labels, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "{"))
        var isFirst = true
        labels.forEachBytes { name, value in
            if !isFirst { out.append(UInt8(ascii: ",")) }
            isFirst = false
            JSONEscaping.minimal.append(name, to: &out)
            out.append(UInt8(ascii: ":"))
            JSONEscaping.minimal.append(value, to: &out)
            return true
        }
        out.append(UInt8(ascii: "}"))
    }
}
