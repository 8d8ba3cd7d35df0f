import ArgumentParser
import Rules
import Server
import StrictYAML

/// `martlet test …`: runs scripts that say what must come out.
struct Test: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run test scripts.", subcommands: [PromQLScripts.self, RuleFiles.self])

    struct PromQLScripts: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "promql", abstract: "Run scripts in the promqltest language.",
            discussion: "martlet test promql scripts/ extra.test")

        @Argument(help: "Script files, or folders of *.test files.") var paths: [String]
        @Flag(help: "Only the figures, not the reasons.") var quiet = false

        func run() throws {
            let results = try ScriptFiles(.disk).run(paths) { result in
                if !quiet { result.failures.forEach { print($0) } }
                print("\(result.path): \(result.passed) passed, \(result.failed) failed")
            }
            let passed = results.reduce(0) { $0 + $1.passed }
            let failed = results.reduce(0) { $0 + $1.failed }
            print("\(passed) passed, \(failed) failed")
            if failed > 0 { throw ExitCode(1) }
        }
    }

    struct RuleFiles: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rules", abstract: "Run tests of rules, in promtool's form.", discussion: "martlet test rules tests/*.yml")

        @Argument(help: "Files of tests.") var files: [String]

        func run() throws {
            var failed = 0
            for file in files {
                let report = RuleTests(files: .disk, templates: RuleTemplates()).run(file)
                print("Testing \(file)")
                for warning in report.warnings { print("  WARNING: \(warning)") }
                for failure in report.failures {
                    print("  FAILED:\(failure.test.isEmpty ? "" : " " + failure.test)")
                    for problem in failure.problems { print("    \(problem)") }
                }
                if report.hasPassed { print("  SUCCESS: \(report.tests) tests") } else { failed += 1 }
            }
            print("\(files.count - failed) passed, \(failed) failed")
            if failed > 0 { throw ExitCode(1) }
        }
    }
}
