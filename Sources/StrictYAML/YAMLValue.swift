/// One value of a YAML document, read strictly: asking for what it is not throws an error with file, line, column and what was expected.
public struct YAMLValue {
    let node: YAMLNode
    /// How a reader finds it: `scrape_configs[0].static_configs[1]`; empty for the whole document.
    public let path: String
    let notes: YAMLNotes

    init(_ node: YAMLNode, path: String, notes: YAMLNotes) {
        self.node = node
        self.path = path
        self.notes = notes
    }

    /// Reads the one document of `bytes`. An empty document is nil. Throws if it is not UTF-8 or not well-formed YAML (JSON is YAML).
    /// - Parameter file: the name that errors carry.
    public static func parse(_ bytes: some Sequence<UInt8>, file: String, notes: YAMLNotes = YAMLNotes()) throws(YAMLError) -> YAMLValue? {
        let bytes = Array(bytes)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw YAMLError(YAMLPlace(file: file, invalidTextIn: bytes), "the file is not valid UTF-8")
        }
        guard let root = try YAMLComposer.compose(text, file: file) else { return nil }
        return YAMLValue(root, path: "", notes: notes)
    }

    public var place: YAMLPlace { node.place }

    public var isNull: Bool {
        if case .scalar(let scalar, _) = node { scalar.isNull } else { false }
    }

    public var isMapping: Bool {
        if case .mapping = node { true } else { false }
    }

    public var isList: Bool {
        if case .sequence = node { true } else { false }
    }

    /// An error about this value.
    public func error(_ message: String) -> YAMLError {
        YAMLError(place, path.isEmpty ? message : "\(path): \(message)")
    }

    /// Notes something that is accepted but worth telling the user.
    public func warn(_ message: String) {
        notes.add(error(message))
    }

    private func unexpected(_ wanted: String) -> YAMLError { error("expected \(wanted), found \(described)") }

    /// Where there should be a mapping or a list, a text may be the password that belongs into it: it is not quoted.
    private func notNested(_ wanted: String) -> YAMLError {
        if case .scalar(let scalar, _) = node, !scalar.isNull { error("expected \(wanted), found a single value") } else { unexpected(wanted) }
    }

    private var described: String {
        switch node {
        case .mapping: return "a mapping"
        case .sequence: return "a list"
        case .scalar(let scalar, _):
            if scalar.isNull { return "nothing" }
            let shown = scalar.text.count > 40 ? scalar.text.prefix(40) + "…" : scalar.text[...]
            return "\"\(shown)\""
        }
    }

    // MARK: Typed reading

    /// The entries of a mapping, which may have only the given keys; null counts as an empty mapping.
    public func mapping(keys: [String]) throws(YAMLError) -> YAMLMapping {
        let entries = try rawEntries()
        for entry in entries where !keys.contains(entry.key) {
            let place = path.isEmpty ? "" : " in \(path)"
            throw YAMLError(entry.keyPlace, "unknown key \"\(entry.key)\"\(place)" + Suggestion.sentence(for: entry.key, among: keys))
        }
        return YAMLMapping(self, entries.map { ($0.key, $0.keyPlace, child($0.value, "." + $0.key)) }, known: keys)
    }

    /// The entries of a mapping with keys of the user's choice, in the order of the file; null counts as an empty mapping.
    public func entries() throws(YAMLError) -> [(key: String, keyPlace: YAMLPlace, value: YAMLValue)] {
        try rawEntries().map { ($0.key, $0.keyPlace, child($0.value, "." + $0.key)) }
    }

    private func rawEntries() throws(YAMLError) -> [YAMLEntry] {
        if isNull { return [] }
        guard case .mapping(let entries, _) = node else { throw notNested("a mapping") }
        return entries
    }

    /// The elements of a list; null counts as an empty one.
    public func list() throws(YAMLError) -> [YAMLValue] {
        if isNull { return [] }
        guard case .sequence(let items, _) = node else { throw notNested("a list") }
        return items.enumerated().map { child($1, "[\($0)]") }
    }

    private func child(_ node: YAMLNode, _ step: String) -> YAMLValue {
        let path = path.isEmpty && step.hasPrefix(".") ? String(step.dropFirst()) : path + step
        return YAMLValue(node, path: path, notes: notes)
    }

    /// Text, in quotes or not; numbers and truth values count as the text they are written as, null as empty text.
    public func string() throws(YAMLError) -> String {
        guard case .scalar(let scalar, _) = node else { throw unexpected("text") }
        return scalar.isNull ? "" : scalar.text
    }

    public func strings() throws(YAMLError) -> [String] {
        var all: [String] = []
        for item in try list() { all.append(try item.string()) }
        return all
    }

    /// `true`, `false` and YAML 1.1's `yes`, `no`, `on`, `off`, `y`, `n`.
    public func bool() throws(YAMLError) -> Bool {
        guard case .scalar(let scalar, _) = node, scalar.plain else { throw unexpected("true or false") }
        switch scalar.text {
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y": return true
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N": return false
        default: throw unexpected("true or false")
        }
    }

    /// A whole number within `range`.
    public func integer(in range: ClosedRange<Int64> = 0...Int64.max) throws(YAMLError) -> Int64 {
        guard case .scalar(let scalar, _) = node, scalar.plain, let value = YAMLNumber.integer(scalar.text) else {
            throw unexpected("a whole number")
        }
        guard range.contains(value) else {
            let limit = range.upperBound == Int64.max ? "at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
            throw unexpected("a whole number \(limit)")
        }
        return value
    }

    public func number() throws(YAMLError) -> Double {
        guard case .scalar(let scalar, _) = node, scalar.plain, let value = YAMLNumber.float(scalar.text) else {
            throw unexpected("a number")
        }
        return value
    }

    /// One of a set of words.
    public func choice<Choice: RawRepresentable & CaseIterable>(_ type: Choice.Type) throws(YAMLError) -> Choice where Choice.RawValue == String {
        let text = try string()
        if let found = Choice(rawValue: text) { return found }
        let words = Choice.allCases.map(\.rawValue)
        throw error("expected one of \(words.joined(separator: ", ")), found \(described)" + Suggestion.sentence(for: text, among: words))
    }
}

/// What a reading of files found worth telling, though nothing is wrong. One thread at a time.
public final class YAMLNotes {
    public private(set) var all: [YAMLError] = []
    public init() {}
    func add(_ note: YAMLError) { all.append(note) }
}

extension YAMLPlace {
    /// The place of the first byte that cannot be UTF-8.
    init(file: String, invalidTextIn bytes: [UInt8]) {
        var low = 0
        var high = bytes.count
        // The longest valid prefix, save for a character cut in two, found by halving: validity is monotonic up to three bytes.
        while low < high {
            let middle = (low + high + 1) / 2
            let cuts = (0...min(3, middle)).contains { String(validating: bytes[..<(middle - $0)], as: UTF8.self) != nil }
            if cuts { low = middle } else { high = middle - 1 }
        }
        while low > 0, String(validating: bytes[..<low], as: UTF8.self) == nil { low -= 1 }
        self.init(file: file, scalarOffset: low, in: String(decoding: bytes[..<low], as: UTF8.self))
    }
}
