/// What the expansion of a template can depend on, each case on all before it too. It tells which expansions of the last evaluation still hold.
///
/// Found by reading the actions as words: as long as all of them are known to be pure, an action depends on nothing but the labels and the value it
/// names. Whatever is not known here depends on anything.
enum TemplateReach: Int, Comparable {
    case constant, labels, value, anything

    static func < (a: TemplateReach, b: TemplateReach) -> Bool { a.rawValue < b.rawValue }

    init(_ text: String) {
        var reach = TemplateReach.constant
        var scanner = ActionScanner(text)
        while reach < .anything, let word = scanner.next() { reach = max(reach, Self.reach(of: word)) }
        self = reach
    }

    private static func reach(of word: ActionScanner.Word) -> TemplateReach {
        switch word {
        case .literal: return .labels
        case .unreadable: return .anything
        case .name(let name):
            if name == "$value" || name == ".Value" { return .value }
            if labelSources.contains(name) || labelSources.contains(where: { name.hasPrefix($0 + ".") }) { return .labels }
            return pureWords.contains(name) ? .labels : .anything
        }
    }

    private static let labelSources: Set<Substring> = [
        "$labels", ".Labels", "$externalLabels", ".ExternalLabels", "$externalURL", ".ExternalURL",
    ]

    /// Functions whose answer follows from their arguments, and the words of control flow that bind no names.
    private static let pureWords: Set<Substring> = [
        "and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "len", "index", "slice", "print", "printf", "println", "html", "js", "urlquery", "if",
        "else", "end", "humanize", "humanize1024", "humanizeDuration", "humanizePercentage", "humanizeTimestamp", "toTime", "toDuration", "title",
        "toUpper", "toLower", "stripPort", "stripDomain", "match", "reReplaceAll", "graphLink", "tableLink", "parseDuration", "urlQueryEscape",
        "externalURL", "pathPrefix", "safeHtml",
    ]
}

/// Cuts the actions of a template, `{{ … }}`, into words.
private struct ActionScanner {
    enum Word {
        case name(Substring)
        /// A text or a number.
        case literal
        case unreadable
    }

    private var rest: Substring
    private var isInside = false

    init(_ text: String) { rest = text[...] }

    mutating func next() -> Word? {
        while true {
            if !isInside, !enter() { return nil }
            rest = rest.drop { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "|" || $0 == "(" || $0 == ")" }
            if rest.hasPrefix("- }}") || rest.hasPrefix("-}}") { rest = rest.drop { $0 != "}" } }
            if rest.hasPrefix("}}") {
                rest = rest.dropFirst(2)
                isInside = false
                continue
            }
            return word()
        }
    }

    /// Goes behind the next `{{`; false if there is none.
    private mutating func enter() -> Bool {
        while let brace = rest.firstIndex(of: "{") {
            rest = rest[brace...]
            if rest.hasPrefix("{{") {
                rest = rest.dropFirst(2)
                if rest.hasPrefix("- ") { rest = rest.dropFirst(2) }
                isInside = true
                return true
            }
            rest = rest.dropFirst()
        }
        return false
    }

    private mutating func word() -> Word {
        guard let first = rest.first else { return .unreadable }
        if first == "\"" || first == "`" { return quoted(by: first) }
        let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." || $0 == "$" || $0 == "-" || $0 == "+" }
        guard !word.isEmpty else { return .unreadable }
        rest = rest[word.endIndex...]
        return first.isNumber || first == "-" || first == "+" ? .literal : .name(word)
    }

    private mutating func quoted(by quote: Character) -> Word {
        rest = rest.dropFirst()
        while let character = rest.popFirst() {
            if character == quote { return .literal }
            if character == "\\", quote == "\"" { rest = rest.dropFirst() }
        }
        return .unreadable
    }
}
