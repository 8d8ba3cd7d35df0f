import Glibc
import Testing

@testable import PromQL

/// Prometheus's own scripts, where they lie on this machine (`MARTLET_CONFORMANCE`).
@Suite struct ConformanceTests {
    static let folder = getenv("MARTLET_CONFORMANCE").map { String(cString: $0) + "/promql" }

    @Test func scriptsOfPrometheus() throws {
        guard let folder = Self.folder else {
            print("SKIPPED: set MARTLET_CONFORMANCE to run Prometheus's scripts")
            return
        }
        var passed = 0
        var failed = 0
        for name in try scriptNames(folder) {
            let report = try ScriptRunner().run(try readText(folder + "/" + name))
            print("\(name): \(report.passed) passed, \(report.failed) failed")
            if getenv("MARTLET_VERBOSE") != nil {
                for outcome in report.outcomes {
                    if let failure = outcome.failure { print("  \(name):\(outcome.line): \(outcome.query): \(failure)") }
                }
            }
            passed += report.passed
            failed += report.failed
        }
        print("all: \(passed) passed, \(failed) failed")
        #expect(failed == 0 && passed >= 2214)
    }

    private func scriptNames(_ folder: String) throws -> [String] {
        let handle = try #require(opendir(folder))
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".test") { names.append(name) }
        }
        return names.sorted()
    }
}

/// The text of a file.
func readText(_ path: String) throws -> String {
    let file = try #require(fopen(path, "r"))
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
    return String(decoding: bytes, as: UTF8.self)
}
