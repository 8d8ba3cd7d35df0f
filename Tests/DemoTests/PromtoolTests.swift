import Foundation
import Testing

@testable import Demo

@Suite("The demo's pages before promtool")
struct PromtoolTests {
    @Test("promtool reads every page")
    func reads() throws {
        guard let folder = ProcessInfo.processInfo.environment["MARTLET_PEERS"] else {
            print("SKIPPED: MARTLET_PEERS is not set, so promtool does not check the demo's pages")
            return
        }
        let places = ["\(folder)/promtool", "\(folder)/bin/promtool"]
        let promtool = try #require(places.first { FileManager.default.isExecutableFile(atPath: $0) })
        for page in DemoPage.all {
            for playbook in [Playbook.quiet] + Drill.allCases.map({ .only($0, from: 1_772_621_700, seconds: 600) }) {
                let (status, output) = try check(page.text(seed: 1, at: 1_772_622_000, playbook: playbook), promtool)
                // 3 says that some names are against the advice for names; those of real exporters are theirs to choose.
                #expect(status == 0 || status == 3, "\(page.name): \(output)")
            }
        }
    }

    private func check(_ text: String, _ promtool: String) throws -> (Int32, String) {
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: promtool)
        process.arguments = ["check", "metrics"]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try input.fileHandleForWriting.close()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: said, as: UTF8.self))
    }
}
