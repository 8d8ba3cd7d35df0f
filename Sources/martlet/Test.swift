import ArgumentParser
import Server
import StrictYAML

/// `martlet test …`: runs scripts that say what must come out.
struct Test: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run test scripts.", subcommands: [PromQLScripts.self])

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
}
