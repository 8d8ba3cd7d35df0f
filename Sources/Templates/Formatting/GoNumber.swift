import Model

/// Numbers as Go reads them.
enum GoNumber {
    /// Nil if the text is no number. Hexadecimal ones need an exponent; what is too big becomes infinite.
    static func double(_ text: String) -> Double? {
        let isHexadecimal = text.utf8.contains { $0 | 0x20 == UInt8(ascii: "x") }
        if isHexadecimal, !text.utf8.contains(where: { $0 | 0x20 == UInt8(ascii: "p") }) { return nil }
        return withoutUnderscores(text).flatMap { FloatParsing.parse($0) }
    }

    /// Underscores may stand between digits and behind a prefix such as `0x`; nil if one stands elsewhere.
    static func withoutUnderscores(_ text: String) -> String? {
        guard text.utf8.contains(UInt8(ascii: "_")) else { return text }
        let bytes = Array(text.utf8.drop { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") })
        let hasPrefix = bytes.count > 1 && bytes[0] == UInt8(ascii: "0") && "bBoOxX".utf8.contains(bytes[1])
        let isHexadecimal = hasPrefix && bytes[1] | 0x20 == UInt8(ascii: "x")
        func isDigit(_ place: Int) -> Bool {
            guard bytes.indices.contains(place) else { return false }
            if hasPrefix, place == 1 { return true }
            return (0x30...0x39).contains(bytes[place]) || (isHexadecimal && (0x61...0x66).contains(bytes[place] | 0x20))
        }
        for place in bytes.indices where bytes[place] == UInt8(ascii: "_") {
            if !isDigit(place - 1) || !isDigit(place + 1) { return nil }
        }
        return text.filter { $0 != "_" }
    }
}
