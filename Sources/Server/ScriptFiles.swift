import Model
import PromQL
import StrictYAML

/// Runs promqltest scripts from files.
public struct ScriptFiles {
    /// What came of one file.
    public struct Result: Sendable {
        public let path: String
        public let passed: Int
        public let failed: Int
        /// One line for each eval that failed: place, query and reason.
        public let failures: [String]
    }

    private let files: FileReading

    public init(_ files: FileReading) { self.files = files }

    /// Throws if a file cannot be read, or is no script.
    public func run(_ paths: [String], each: (Result) -> Void) throws -> [Result] {
        try paths.flatMap(scripts).map { path in
            let result = try run(path)
            each(result)
            return result
        }
    }

    /// A folder stands for its scripts, by name.
    private func scripts(_ path: String) -> [String] {
        guard let names = try? files.list(path) else { return [path] }
        return names.filter { $0.hasSuffix(".test") }.sorted(by: precedes).map { path + "/" + $0 }
    }

    private func run(_ path: String) throws -> Result {
        let text = String(decoding: try files.read(path), as: UTF8.self)
        do throws(ScriptError) {
            let report = try ScriptRunner().run(text)
            let failures = report.outcomes.compactMap { outcome in
                outcome.failure.map { "\(path):\(outcome.line): \(outcome.query): \($0)" }
            }
            return Result(path: path, passed: report.passed, failed: report.failed, failures: failures)
        } catch {
            throw Unreadable(description: "\(path): \(error)")
        }
    }

    struct Unreadable: Error, CustomStringConvertible { let description: String }
}
