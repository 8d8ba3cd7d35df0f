import PromQL
public import StrictYAML
import Rules

/// What `check rules` prints about a file, and whether it may be used.
public struct RuleFileCheck: Sendable {
    public private(set) var lines: [String] = []
    public private(set) var failed = false

    /// - Parameters:
    ///   - requiresSeverity: alerts without a known severity fail the check instead of being told of.
    ///   - isPortable: what Prometheus does not know fails it.
    public init(_ path: String, files: FileReading, requiresSeverity: Bool = false, isPortable: Bool = false) {
        lines.append("Checking \(path)")
        do {
            let groups = try RuleFile.parse(try files.read(path), file: path)
            for finding in RuleLint.severities(of: groups) { note("\(finding)", isFailure: requiresSeverity) }
            if isPortable { for finding in RuleLint.unportable(groups) { note("\(finding)", isFailure: true) } }
            if !failed { lines.append("  SUCCESS: \(groups.reduce(0) { $0 + $1.rules.count }) rules found") }
        } catch {
            note("\(error)", isFailure: true)
        }
    }

    private mutating func note(_ text: String, isFailure: Bool) {
        failed = failed || isFailure
        lines.append("  \(isFailure ? "FAILED" : "WARNING"): \(text)")
    }
}
