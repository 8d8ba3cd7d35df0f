import Yams

/// Turns what Yams parsed into `YAMLNode`s, within limits that keep a hostile file from eating the stack or the memory.
struct YAMLComposer {
    /// Files are written by people and small programs; deeper nesting is a mistake or an attack.
    static let maximumDepth = 100
    /// Aliases can name other aliases, so that a short text stands for billions of nodes.
    static let maximumNodes = 4_000_000

    let file: String
    private var nodes = 0

    init(file: String) { self.file = file }

    /// The root of the only document; nil if there is none.
    static func compose(_ text: String, file: String) throws(YAMLError) -> YAMLNode? {
        if let deep = FlowDepth.firstExcess(in: text, limit: maximumDepth, file: file) {
            throw YAMLError(deep, "brackets are nested deeper than \(maximumDepth) levels")
        }
        let root: Node?
        do {
            root = try Parser(yaml: text).singleRoot()
        } catch {
            throw YAMLError(syntax: error, file: file)
        }
        guard let root else { return nil }
        var composer = YAMLComposer(file: file)
        return try composer.node(root, depth: 0, at: YAMLPlace(file: file, line: 1, column: 1))
    }

    private mutating func node(_ node: Node, depth: Int, at parent: YAMLPlace) throws(YAMLError) -> YAMLNode {
        let place = node.mark.map { YAMLPlace(file: file, line: $0.line, column: $0.column) } ?? parent
        nodes += 1
        guard depth < Self.maximumDepth else { throw YAMLError(place, "nested deeper than \(Self.maximumDepth) levels") }
        guard nodes <= Self.maximumNodes else { throw YAMLError(place, "aliases stand for more than \(Self.maximumNodes) values") }
        switch node {
        case .scalar(let scalar):
            return .scalar(try text(of: scalar, at: place), place)
        case .sequence(let sequence):
            var items: [YAMLNode] = []
            for item in sequence { items.append(try self.node(item, depth: depth + 1, at: place)) }
            return .sequence(items, place)
        case .mapping(let mapping):
            return .mapping(try entries(of: mapping, depth: depth, at: place), place)
        case .alias:
            throw YAMLError(place, "an alias that names nothing")
        }
    }

    private func text(of scalar: Node.Scalar, at place: YAMLPlace) throws(YAMLError) -> YAMLScalar {
        let tag = scalar.tag.rawValue
        if tag == Tag.Name.binary.rawValue {
            guard let bytes = Base64.decode(scalar.string), let text = String(validating: bytes, as: UTF8.self) else {
                throw YAMLError(place, "!!binary text must be base64 of valid UTF-8")
            }
            return YAMLScalar(text: text, plain: false)
        }
        let untagged = tag.isEmpty || (tag.hasPrefix("tag:yaml.org,2002:") && tag != Tag.Name.str.rawValue)
        return YAMLScalar(text: scalar.string, plain: untagged && (scalar.style == .plain || scalar.style == .any))
    }

    private mutating func entries(of mapping: Node.Mapping, depth: Int, at place: YAMLPlace) throws(YAMLError) -> [YAMLEntry] {
        var own: [YAMLEntry] = []
        var merged: [YAMLEntry] = []
        for (key, value) in mapping {
            guard case .scalar(let scalar) = key else {
                throw YAMLError(place, "a key must be plain text, not a list or a mapping")
            }
            let keyPlace = scalar.mark.map { YAMLPlace(file: file, line: $0.line, column: $0.column) } ?? place
            let value = try node(value, depth: depth + 1, at: keyPlace)
            let name = try text(of: scalar, at: keyPlace)
            if name.plain, name.text == "<<" {
                merged += try mergedEntries(value)
            } else {
                own.append(YAMLEntry(key: name.text, keyPlace: keyPlace, value: value))
            }
        }
        return try checked(own, merged)
    }

    /// `<<` takes a mapping or a list of mappings; of a list, the earlier wins.
    private func mergedEntries(_ value: YAMLNode) throws(YAMLError) -> [YAMLEntry] {
        switch value {
        case .mapping(let entries, _): return entries
        case .sequence(let items, _):
            var all: [YAMLEntry] = []
            for item in items {
                guard case .mapping(let entries, _) = item else { throw YAMLError(item.place, "<< takes mappings only") }
                all += entries
            }
            return all
        case .scalar(_, let place): throw YAMLError(place, "<< takes a mapping or a list of mappings")
        }
    }

    /// Own keys must be unique and hide merged ones.
    private func checked(_ own: [YAMLEntry], _ merged: [YAMLEntry]) throws(YAMLError) -> [YAMLEntry] {
        var seen: [[UInt8]: YAMLPlace] = [:]
        for entry in own {
            if let first = seen.updateValue(entry.keyPlace, forKey: Array(entry.key.utf8)) {
                throw YAMLError(entry.keyPlace, "the key \"\(entry.key)\" is given twice; first on line \(first.line)")
            }
        }
        return own + merged.filter { seen.updateValue($0.keyPlace, forKey: Array($0.key.utf8)) == nil }
    }
}

extension YAMLError {
    init(syntax error: any Error, file: String) {
        func at(_ mark: Mark?) -> YAMLPlace { YAMLPlace(file: file, line: mark?.line ?? 1, column: mark?.column ?? 1) }
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _)?, .parser(_, let problem, let mark, _)?, .composer(_, let problem, let mark, _)?:
            self.init(at(mark), "not valid YAML: \(problem)")
        case .reader(let problem, let offset, _, let yaml)?:
            self.init(YAMLPlace(file: file, scalarOffset: offset ?? 0, in: yaml), "not valid YAML: \(problem)")
        case .duplicatedKeysInMapping(let keys, let context)?:
            // Yams gives the first place only; people look for the second.
            let key = keys.first ?? ""
            self.init(at(context.mark), "the key \"\(key)\" is given twice in one mapping")
        default:
            self.init(at(nil), "not valid YAML: \(error)")
        }
    }
}

extension YAMLPlace {
    init(file: String, scalarOffset: Int, in text: String) {
        var line = 1
        var column = 1
        for byte in text.utf8.prefix(scalarOffset) {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xc0 != 0x80 {
                column += 1
            }
        }
        self.init(file: file, line: line, column: column)
    }
}
