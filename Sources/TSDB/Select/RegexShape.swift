import Model

/// What a regular expression amounts to where no automaton is needed: most matchers that dashboards write are lists of plain words.
enum RegexShape: Equatable {
    /// `.*`
    case anything
    /// `.+`
    case nonEmpty
    /// `a|b|c`, as bytes
    case literals([[UInt8]])
    /// `abc.*`
    case prefix([UInt8])
    case other

    init(_ pattern: String) {
        var text = Array(pattern.utf8)
        if text.first == UInt8(ascii: "("), text.last == UInt8(ascii: ")"), !text.dropFirst().dropLast().contains(where: { "()".utf8.contains($0) }) {
            text = Array(text.dropFirst().dropLast())
        }
        if text == Array(".*".utf8) {
            self = .anything
        } else if text == Array(".+".utf8) {
            self = .nonEmpty
        } else if let words = Self.words(text) {
            self = .literals(words)
        } else if text.suffix(2) == Array(".*".utf8), let word = Self.words(Array(text.dropLast(2))), word.count == 1 {
            self = .prefix(word[0])
        } else {
            self = .other
        }
    }

    /// The words between bars; nil if there is anything that means more than itself.
    private static func words(_ text: [UInt8]) -> [[UInt8]]? {
        var words: [[UInt8]] = [[]]
        var escaped = false
        for byte in text {
            if escaped {
                // A backslash before a letter or digit is a class or an anchor; before a sign it takes the sign's meaning away.
                guard byte < 0x80, !isWordByte(byte) else { return nil }
                words[words.count - 1].append(byte)
                escaped = false
            } else if byte == UInt8(ascii: "\\") {
                escaped = true
            } else if byte == UInt8(ascii: "|") {
                words.append([])
            } else if ".+*?()[]{}^$".utf8.contains(byte) {
                return nil
            } else {
                words[words.count - 1].append(byte)
            }
        }
        return escaped ? nil : words
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
    }
}
