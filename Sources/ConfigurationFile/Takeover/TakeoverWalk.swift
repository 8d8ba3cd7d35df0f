import StrictYAML

/// Goes through the files of a configuration as they are written, and looks every key up in the table.
struct TakeoverWalk {
    private(set) var findings: [TakeoverReport.Finding] = []
    /// The files that were read, and what is in them.
    private(set) var paths: [String] = []
    private(set) var roots: [String: YAMLValue] = [:]
    /// What no server would start with, by file.
    private(set) var refused: [String: Set<String>] = [:]
    /// Where what was found stands: a reader's words about the same place say nothing new.
    private(set) var told: Set<YAMLPlace> = []

    private let files: FileReading
    private let table: [Substring: [Replacement]]

    /// Mappings whose keys are the user's.
    private static let free: Set<String> = [
        "labels", "external_labels", "params", "headers", "http_headers", "proxy_connect_header", "endpoint_params", "annotations", "details",
    ]

    init(_ files: FileReading) {
        self.files = files
        table = Dictionary(grouping: Replacements.all) { $0.pattern.split(separator: ".").last ?? "" }
    }

    /// A server's configuration, and the scrape files that it names.
    mutating func visit(server path: String) {
        visit(file: path, at: "")
        guard let patterns = try? roots[path]?.entries().first(where: { $0.key == "scrape_config_files" })?.value.list() else { return }
        for pattern in patterns {
            for file in (try? pattern.filePath()).map(files.expand) ?? [] { visit(file: file, at: "") }
        }
    }

    /// A file of Alertmanager's.
    mutating func visit(notifier path: String) { visit(file: path, at: "notifications") }

    private mutating func visit(file path: String, at prefix: String) {
        guard !paths.contains(path) else { return }
        paths.append(path)
        // What cannot be read or parsed is for the reader to tell of.
        guard let bytes = try? files.read(path), let root = try? YAMLValue.parse(bytes, file: path) else { return }
        roots[path] = root
        visit(root, at: prefix)
    }

    private mutating func visit(_ value: YAMLValue, at path: String) {
        for item in (try? value.list()) ?? [] where !note(item, item.place, at: path) { visit(item, at: path) }
        for (key, place, child) in (try? value.entries()) ?? [] {
            let below = path.isEmpty ? key : path + "." + key
            if note(child, place, at: below) || Self.free.contains(key) { continue }
            visit(child, at: below)
        }
    }

    /// Whether the value is one of the table's, so that nobody has to look at what is in it.
    private mutating func note(_ value: YAMLValue, _ place: YAMLPlace, at path: String) -> Bool {
        let last = path.split(separator: ".").last ?? ""
        // Of two patterns that fit the longer says more.
        let fitting = (table[last] ?? []).filter { $0.concerns(value, at: path) }
        guard let entry = fitting.max(by: { $0.pattern.utf8.count < $1.pattern.utf8.count }) else { return false }
        findings.append(
            TakeoverReport.Finding(place: place, key: value.path, effect: entry.effect, what: entry.what, instead: entry.instead))
        told.formUnion([place, value.place])
        if entry.effect == .refused { refused[place.file, default: []].insert(value.path) }
        return true
    }
}
