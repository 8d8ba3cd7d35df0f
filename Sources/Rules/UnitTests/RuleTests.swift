import Model
public import PromQL
public import StrictYAML

/// Runs files of tests for rules, as `promtool test rules` does.
public struct RuleTests: Sendable {
    private let files: FileReading
    private let templates: any TemplateExpander
    private let features: PromQLFeatures

    public init(files: FileReading, templates: any TemplateExpander, features: PromQLFeatures = .standard) {
        self.files = files
        self.templates = templates
        self.features = features
    }

    /// The result of one file.
    public struct Report: Sendable {
        /// Each test that failed with what is wrong; the name is empty where the whole file is at fault.
        public internal(set) var failures: [(test: String, problems: [String])] = []
        /// What is odd but fails nothing.
        public internal(set) var warnings: [String] = []
        public internal(set) var tests = 0

        public var hasPassed: Bool { failures.isEmpty }
    }

    /// Runs a file's tests.
    ///
    /// - Parameter filter: which tests are run, by their names; nil: all.
    public func run(_ path: String, filter: LabelRegex? = nil) -> Report {
        var report = Report()
        do {
            let file = try RuleTestFile(try files.read(path), file: path)
            for one in file.cases where filter.map({ $0.matches(one.name) }) ?? true {
                report.tests += 1
                let problems = problems(of: one, file, &report)
                if !problems.isEmpty { report.failures.append((one.name, problems)) }
            }
        } catch {
            report.failures.append(("", ["\(error)"]))
        }
        return report
    }

    private func problems(of one: RuleTestFile.Case, _ file: RuleTestFile, _ report: inout Report) -> [String] {
        do {
            return RuleTestRun(one, file, try readGroups(file, &report), templates, features).problems()
        } catch {
            return ["\(error)"]
        }
    }

    /// The groups in the order they are evaluated in. Files that are not there are left out.
    private func readGroups(_ file: RuleTestFile, _ report: inout Report) throws(YAMLError) -> [RuleGroup] {
        var groups: [RuleGroup] = []
        var seen: Set<String> = []
        for pattern in file.ruleFiles {
            let found = files.expand(pattern).compactMap { path in (try? files.read(path)).map { (path, $0) } }
            let warning = "no file fits \(pattern)"
            if found.isEmpty, !report.warnings.contains(warning) { report.warnings.append(warning) }
            for (path, bytes) in found where seen.insert(path).inserted {
                groups += try RuleFile.parse(bytes, file: path, options: features.syntax)
            }
        }
        func rank(_ group: RuleGroup) -> Int { file.groupOrder.firstIndex { sameBytes($0, group.name) } ?? 0 }
        return groups.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }.map(\.element)
    }
}
