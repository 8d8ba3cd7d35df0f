import Model

/// Checks a page against all of OpenMetrics 1.0 (names, order, grouping, values), where the scraper is satisfied with readable lines.
///
/// Source of the rules: the OpenMetrics 1.0.0 specification.
public struct StrictOpenMetrics {
    /// A rule that does not hold.
    struct Broken: Error {
        let cause: String
        init(_ cause: String) { self.cause = cause }
    }

    private var cursor: ExpositionCursor
    private var family: StrictFamily?
    private var taken: Set<[UInt8]> = []

    /// Throws the first thing that is wrong.
    public static func check(_ page: UnsafeRawBufferPointer) throws(ExpositionError) {
        var checker = StrictOpenMetrics(cursor: ExpositionCursor(page, format: .openMetrics))
        try checker.run()
    }

    private init(cursor: ExpositionCursor) { self.cursor = cursor }

    private mutating func run() throws(ExpositionError) {
        while true {
            let start = cursor.offset
            let entry = try cursor.next()
            do {
                try take(entry)
            } catch {
                throw cursor.failure(error.cause, at: start)
            }
            if entry == .end { return }
        }
    }

    private mutating func take(_ entry: ExpositionEntry) throws(Broken) {
        switch entry {
        case .type(let name, let type):
            try enter(name)
            guard family?.type == nil else { throw Broken("a second TYPE of the same family") }
            family?.type = type
            try checkNames()
        case .help(let name, let text):
            try enter(name)
            guard family?.help == nil else { throw Broken("a second HELP of the same family") }
            family?.help = cursor.helpText(text)
        case .unit(let name, let text):
            try enter(name)
            guard family?.unit == nil else { throw Broken("a second UNIT of the same family") }
            family?.unit = String(decoding: cursor[text], as: UTF8.self)
        case .series(let line): try add(line)
        case .comment: throw Broken("OpenMetrics has no comments")
        case .end: try leave()
        }
    }

    /// Metadata opens its family, which may have no samples yet.
    private mutating func enter(_ range: Range<Int>) throws(Broken) {
        let name = String(decoding: Escapes.removed(cursor[range], quotes: true), as: UTF8.self)
        if let family, sameBytes(family.name, name) {
            guard !family.hasSamples else { throw Broken("metadata after the samples of its family") }
            return
        }
        try open(name)
    }

    private mutating func open(_ name: String) throws(Broken) {
        try leave()
        guard !taken.contains(Array(name.utf8)) else { throw Broken("the name \(quoted(name)) belongs to an earlier family") }
        family = StrictFamily(name: name)
    }

    private mutating func leave() throws(Broken) {
        try family?.finish()
        for name in family?.reservedNames ?? [] { taken.insert(Array(name.utf8)) }
        family = nil
    }

    private func checkNames() throws(Broken) {
        for name in family?.reservedNames ?? [] where taken.contains(Array(name.utf8)) {
            throw Broken("the name \(quoted(name)) belongs to an earlier family")
        }
    }

    private mutating func add(_ line: SeriesLine) throws(Broken) {
        let key = cursor[line.key]
        guard !hasTrailingComma(key) else { throw Broken("a comma before the closing brace") }
        let labels = try read { () throws(KeyReader.Invalid) in try KeyReader.labels(key, format: .openMetrics) }
        guard let name = labels.metricName else { throw Broken("an empty metric name") }
        if family?.owns(name) != true { try open(name) }
        try checkExemplar(line.exemplar)
        try family?.add(name, labels, line)
    }

    /// An exemplar's label names and values together have at most 128 characters.
    private func checkExemplar(_ range: Range<Int>) throws(Broken) {
        guard !range.isEmpty else { return }
        let labels = try read { () throws(KeyReader.Invalid) in try KeyReader.exemplarLabels(cursor[range]) }
        let length = labels.reduce(0) { $0 + $1.name.unicodeScalars.count + $1.value.unicodeScalars.count }
        guard length <= 128 else { throw Broken("the labels of an exemplar have \(length) characters, more than 128") }
    }

    private func read(_ body: () throws(KeyReader.Invalid) -> Labels) throws(Broken) -> Labels {
        do {
            return try body()
        } catch {
            throw Broken(error.description)
        }
    }

    private func hasTrailingComma(_ key: UnsafeRawBufferPointer) -> Bool {
        key.count >= 2 && key[key.count - 1] == Byte.closeBrace && key[key.count - 2] == Byte.comma
    }
}
