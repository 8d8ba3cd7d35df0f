import Model

/// Puts the lines of a page together to families, which a scraper has no need of.
///
/// Text is held to what its description asks for and scrapers let pass: one HELP and one TYPE line a family, these before the samples, bounds that
/// are numbers, counts that are not negative, and a line feed at the end of the last line. OpenMetrics is expected to have passed ``StrictOpenMetrics``.
struct FamilyReader {
    private var cursor: ExpositionCursor
    private var families: [PageFamily] = []
    /// Families by the bytes of their names.
    private var numbers: [[UInt8]: Int] = [:]
    /// In OpenMetrics: the family that the next line may belong to.
    private var current: StrictFamily?

    /// The families that have samples, in the order of the page.
    static func read(_ page: UnsafeRawBufferPointer, format: ExpositionFormat) throws(ExpositionError) -> [PageFamily] {
        var reader = FamilyReader(cursor: ExpositionCursor(page, format: format))
        try reader.readLines()
        if format == .text { try reader.checkEnd(page) }
        return reader.families.filter { $0.metricCount > 0 }
    }

    private init(cursor: ExpositionCursor) { self.cursor = cursor }

    private mutating func readLines() throws(ExpositionError) {
        while true {
            switch try cursor.next() {
            case .type(let name, let type): try take(type, of: name)
            case .help(let name, let text): try takeHelp(text, of: name)
            case .series(let line): try take(line)
            case .unit(let name, _): _ = family(of: self.text(name), isMetadata: true)
            case .comment: continue
            case .end: return
            }
        }
    }

    private mutating func take(_ type: MetricType, of name: Range<Int>) throws(ExpositionError) {
        let number = family(of: text(name), isMetadata: true)
        guard families[number].type == nil else {
            throw cursor.failure("a second TYPE line for \(quoted(families[number].name)), or one behind its samples", at: name.lowerBound)
        }
        families[number].type = type
        current?.type = type
    }

    private mutating func takeHelp(_ help: Range<Int>, of name: Range<Int>) throws(ExpositionError) {
        let number = family(of: text(name), isMetadata: true)
        guard cursor.format == .openMetrics || !Escapes.hasUnknown(cursor[help]) else {
            throw cursor.failure("a backslash that escapes nothing", at: help.lowerBound)
        }
        // A name without a text tells nothing.
        guard cursor[help].contains(where: { !Byte.isBlank($0) }) else { return }
        guard !families[number].hasHelp else {
            throw cursor.failure("a second HELP line for \(quoted(families[number].name))", at: name.lowerBound)
        }
        families[number].hasHelp = true
    }

    private mutating func take(_ line: SeriesLine) throws(ExpositionError) {
        let key = try PageKey(line.key, of: cursor)
        let number = family(of: key.name, isMetadata: false)
        if let bound = families[number].partLabel, let text = key.value(of: bound), FloatParsing.parse(text) == nil {
            throw cursor.failure("the label \(bound) of a \(families[number].type?.rawValue ?? "") must be a number", at: line.key.lowerBound)
        }
        let suffix = String(decoding: key.name.utf8.dropFirst(families[number].name.utf8.count), as: UTF8.self)
        if families[number].type == .histogram, suffix != "_sum", line.value < 0 {
            throw cursor.failure("a negative count in the histogram \(quoted(families[number].name))", at: line.key.lowerBound)
        }
        families[number].add(key, suffix: suffix)
    }

    private func checkEnd(_ page: UnsafeRawBufferPointer) throws(ExpositionError) {
        let last = page.reversed().prefix { $0 != Byte.newline }
        guard last.contains(where: { !Byte.isBlank($0) }) else { return }
        throw cursor.failure("the last line has no line feed at its end", at: page.count)
    }

    // MARK: Whose a line is

    private func text(_ range: Range<Int>) -> String { String(decoding: Escapes.removed(cursor[range], quotes: true), as: UTF8.self) }

    private mutating func family(of name: String, isMetadata: Bool) -> Int {
        cursor.format == .text ? textFamily(of: name) : openMetricsFamily(of: name, isMetadata: isMetadata)
    }

    /// By the types told so far, as in text any name may stand anywhere.
    private mutating func textFamily(of name: String) -> Int {
        if let known = numbers[Array(name.utf8)] { return known }
        for (type, suffixes) in [(MetricType.summary, ["_count", "_sum"]), (.histogram, ["_count", "_sum", "_bucket"])] {
            for suffix in suffixes where name.utf8.count > suffix.utf8.count && name.hasSuffix(suffix) {
                if let known = numbers[Array(name.utf8.dropLast(suffix.utf8.count))], families[known].type == type { return known }
            }
        }
        return newFamily(name)
    }

    private mutating func openMetricsFamily(of name: String, isMetadata: Bool) -> Int {
        let belongs = current.map { isMetadata ? sameBytes($0.name, name) : $0.owns(name) } ?? false
        if !belongs { current = StrictFamily(name: name) }
        let family = current?.name ?? name
        return numbers[Array(family.utf8)] ?? newFamily(family)
    }

    private mutating func newFamily(_ name: String) -> Int {
        families.append(PageFamily(name: name))
        numbers[Array(name.utf8)] = families.count - 1
        return families.count - 1
    }
}
