/// Go's classes of characters and what its text functions do with them.
enum GoText {
    static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
        default: return false
        }
    }

    static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII ? ("0"..."9").contains(scalar) : scalar.properties.generalCategory == .decimalNumber
    }

    /// Whether the character shows: letters, marks, numbers, punctuation, symbols and the plain space.
    static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (0x20..<0x7f).contains(scalar.value) }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .spaceSeparator: return false
        default: return true
        }
    }

    /// Every character on its own: `ß` stays as it is.
    static func upper(_ text: String) -> String { mapped(text) { single($0.properties.uppercaseMapping) } }

    static func lower(_ text: String) -> String { mapped(text) { single($0.properties.lowercaseMapping) } }

    /// The first letter of every word becomes a capital; the others stay.
    static func title(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        var isBehindLetter = false
        var out = String.UnicodeScalarView()
        for (place, scalar) in scalars.enumerated() {
            if isCased(scalar) {
                out.append(isBehindLetter ? scalar : single(scalar.properties.titlecaseMapping) ?? scalar)
                isBehindLetter = true
            } else {
                out.append(scalar)
                if !isInWord(place, of: scalars) { isBehindLetter = false }
            }
        }
        return String(out)
    }

    /// Without white space at both ends.
    static func trimmed(_ text: String) -> String {
        var rest = Substring(text).unicodeScalars
        while let first = rest.first, first.properties.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.properties.isWhitespace { rest.removeLast() }
        return String(rest)
    }

    private static func isCased(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isCased }

    /// Letters, digits and underscores are parts of words, and a single apostrophe, point or colon between two letters.
    private static func isInWord(_ place: Int, of scalars: [Unicode.Scalar]) -> Bool {
        let scalar = scalars[place]
        if isWordPart(scalar) { return true }
        guard place > 0, place + 1 < scalars.count else { return false }
        let (before, after) = (scalars[place - 1], scalars[place + 1])
        if "'.:\u{b7}\u{2018}\u{2019}\u{2024}\u{2027}".unicodeScalars.contains(scalar), isLetter(before), isLetter(after) { return true }
        return "'.,;\u{2018}\u{2019}".unicodeScalars.contains(scalar) && isDigit(before) && isDigit(after)
    }

    private static func isWordPart(_ scalar: Unicode.Scalar) -> Bool {
        if isLetter(scalar) || isDigit(scalar) { return true }
        switch scalar.properties.generalCategory {
        case .connectorPunctuation, .nonspacingMark, .spacingMark, .enclosingMark, .format: return true
        default: return false
        }
    }

    private static func single(_ mapping: String) -> Unicode.Scalar? {
        mapping.unicodeScalars.count == 1 ? mapping.unicodeScalars.first : nil
    }

    private static func mapped(_ text: String, _ change: (Unicode.Scalar) -> Unicode.Scalar?) -> String {
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { out.append(change(scalar) ?? scalar) }
        return String(out)
    }
}
