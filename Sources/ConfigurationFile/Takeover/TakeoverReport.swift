import Model
public import PromQL
import Rules
import Scraping
public import StrictYAML

/// What of a Prometheus's configuration would not work here, place by place: what it is, what happens, what to use in its place.
///
/// Unlike a server it goes on behind a fault: what is refused is taken out of the file, and the rest is read as if it had never been there.
public struct TakeoverReport: Sendable {
    public struct Finding: Sendable, Hashable {
        public let place: YAMLPlace
        /// The path to the key; empty for a file as a whole.
        public let key: String
        public let effect: Replacement.Effect
        public let what: String
        public let instead: String

        /// `file:line:col  key  what happens  use instead`
        public var line: String { "\(place)  \(key.isEmpty ? "-" : key)  \(effect.rawValue): \(what)  \(instead)" }
    }

    /// In the order of the files, from top to bottom.
    public private(set) var findings: [Finding] = []
    private let path: String

    /// - Parameter notifications: a file of Alertmanager's, as for ``ConfigurationLoader``.
    public init(
        _ path: String, notifications: String? = nil, files: FileReading, environment: [String: String] = [:], options: PromQLOptions = .standard
    ) {
        self.path = path
        var walk = TakeoverWalk(files)
        walk.visit(server: path)
        if let notifications { walk.visit(notifier: notifications) }
        let reading = TakeoverReading(walk, path, notifications, files, environment)
        let all = walk.findings + reading.findings + Self.ruleFindings(reading.configuration, files, options)
        var seen: Set<Finding> = []
        let unique = all.filter { seen.insert($0).inserted }
        let order = (walk.paths + unique.map(\.place.file)).enumerated().reduce(into: [String: Int]()) { order, file in
            if order[file.element] == nil { order[file.element] = file.offset }
        }
        findings = unique.sorted { a, b in
            let (one, other) = (order[a.place.file] ?? 0, order[b.place.file] ?? 0)
            return (one, a.place.line, a.place.column) < (other, b.place.line, b.place.column)
        }
    }

    /// Whether something would not work.
    public var failed: Bool { findings.contains { $0.effect != .differs } }

    /// A line for each place, and one behind them.
    public var lines: [String] {
        let failing = findings.filter { $0.effect != .differs }.count
        let differing = findings.count - failing
        let result = failing == 0 ? "everything works here" : "\(failing) \(failing == 1 ? "place does" : "places do") not work here"
        return findings.map(\.line) + ["\(path): \(result)" + (differing > 0 ? ", \(differing) in another way" : "")]
    }

    private static func ruleFindings(_ configuration: ServerConfiguration, _ files: FileReading, _ options: PromQLOptions) -> [Finding] {
        var findings: [Finding] = []
        for path in configuration.ruleFilePatterns.flatMap(files.expand) {
            guard let bytes = try? files.read(path) else { continue }
            do throws(YAMLError) {
                _ = try RuleFile.parse(bytes, file: path, options: options, validation: configuration.global.scraping.nameValidation)
            } catch {
                findings.append(Finding(fault: error, key: ""))
            }
        }
        return findings
    }
}

extension TakeoverReport.Finding {
    /// A fault that no table knows of.
    init(fault: YAMLError, key: String, effect: Replacement.Effect = .refused) {
        // The key stands in a column of its own.
        let colon = fault.message.firstIndex(of: ":")
        let head = colon.map { fault.message[..<$0] } ?? ""
        let isPath = !head.isEmpty && head.allSatisfy { $0.isLetter || $0.isNumber || "_.-[]".contains($0) }
        let text = isPath ? fault.message[head.endIndex...].dropFirst(2) : fault.message[...]
        self.init(
            place: fault.place, key: key, effect: effect, what: String(text),
            instead: effect == .refused ? "what the message expects" : "nothing; it is only told")
    }
}
