extension Lexer {
    /// Moves behind the longest text that looks like a number: decimal, octal or hexadecimal digits with single underscores between them,
    /// one dot, one exponent. False if what follows makes it something else; then `at` shows how far it was understood.
    mutating func scanNumber() -> Bool {
        var isHexadecimal = false
        if accept("0"), accept("xX") {
            _ = accept("_")
            isHexadecimal = true
        }
        _ = accept(".")
        var sawDot = false
        var sawExponent = false
        _ = acceptDigit(isHexadecimal)
        while let byte = peek() {
            if byte == UInt8(ascii: ".") {
                at += 1
                if sawDot || isHexadecimal || accept("_.") { return false }
                sawDot = true
            } else if !isHexadecimal, byte | 0x20 == UInt8(ascii: "e") {
                at += 1
                if sawExponent { return false }
                sawExponent = true
                _ = accept("+-")
                if accept("._eE") || peek() == nil { return false }
            } else if byte == UInt8(ascii: "_") {
                at += 1
                if accept("._eE") || peek() == nil { return false }
            } else if !acceptDigit(isHexadecimal) {
                break
            }
        }
        return !followedByWord
    }

    /// Moves behind the units and further parts of a duration whose first digits were read; false if it is none.
    mutating func scanRestOfDuration() -> Bool {
        guard accept("smhdwy") else { return false }
        _ = accept("s")
        while acceptDigit(false) {
            while acceptDigit(false) {}
            guard accept("smhdw") else { return false }
            _ = accept("s")
        }
        guard followedByWord else { return true }
        at += 1
        return false
    }

    private var followedByWord: Bool { peek().map { isLetter($0) || isDigit($0) } ?? false }

    private mutating func accept(_ allowed: StaticString) -> Bool {
        guard let byte = peek() else { return false }
        let found = (0..<allowed.utf8CodeUnitCount).contains { allowed.utf8Start[$0] == byte }
        if found { at += 1 }
        return found
    }

    private mutating func acceptDigit(_ hexadecimal: Bool) -> Bool {
        guard let byte = peek(), isDigit(byte) || hexadecimal && (byte | 0x20) &- UInt8(ascii: "a") < 6 else { return false }
        at += 1
        return true
    }
}
