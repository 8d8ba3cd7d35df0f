import ArgumentParser
import Exposition
import Foundation

extension Check {
    struct Metrics: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check metrics pages: whether they can be read, and whether names, types and labels are as they should be.",
            discussion: """
                curl -s http://localhost:9100/metrics | martlet check metrics

                What should be otherwise is written to the standard error, a line each. Ends with 0 if there is nothing, with 3 if there is something,
                and with 1 if a page cannot be read.
                """)

        @Argument(help: "Pages; the standard input if there are none.") var files: [String] = []
        @Flag(help: "The pages are OpenMetrics, and are held to all of its rules.") var strict = false
        @Flag(help: "Print how many series each metric has.") var extended = false

        func run() throws {
            var verdicts: [MetricsCheck.Verdict] = []
            if files.isEmpty { verdicts.append(check(try FileHandle.standardInput.readToEnd() ?? Data(), of: nil)) }
            for file in files {
                do {
                    verdicts.append(check(try Data(contentsOf: URL(filePath: file)), of: file))
                } catch {
                    tell("\(file): cannot be read: \(error.localizedDescription)")
                    verdicts.append(.unreadable)
                }
            }
            if verdicts.contains(.unreadable) { throw ExitCode(MetricsCheck.Verdict.unreadable.rawValue) }
            if verdicts.contains(.flawed) { throw ExitCode(MetricsCheck.Verdict.flawed.rawValue) }
        }

        private func check(_ page: Data, of file: String?) -> MetricsCheck.Verdict {
            let check = page.withUnsafeBytes { MetricsCheck($0, strict: strict) }
            let place = file.map { "\($0): " } ?? ""
            for line in check.lines { tell((check.verdict == .unreadable ? "error while linting: " : "") + place + line) }
            if extended {
                if let file, files.count > 1, !check.table.isEmpty { print("\(file):") }
                for line in check.table { print(line) }
            }
            return check.verdict
        }

        private func tell(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
    }
}
