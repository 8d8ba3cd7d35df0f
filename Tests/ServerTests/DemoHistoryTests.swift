import Foundation
import Testing

/// `martlet demo history`, as those who run the real binary meet it.
struct DemoHistoryTests {
    /// The demo has these options too: they must not end there.
    @Test("the ports of a demo are those of its past", arguments: [(["--base-port=2000"], true), (["--base-port=3000", "--seed=2"], false)])
    func ports(options: [String], isThere: Bool) throws {
        let folder = try ScratchFolder()
        let config = try folder.write("demo.yml", "scrape_configs: [{ job_name: gate, static_configs: [{ targets: ['127.0.0.1:2001'] }] }]\n")
        let program = try RunningProgram(["demo", "history", "--config.file=\(config)", "--length=1m"] + options + ["data"], in: folder.url)
        #expect(program.wait() == (isThere ? 0 : 64), "\(program.output)")
        let told = isThere ? "samples of 1m in data" : "no target of \(config) has one of the demo's ports, 3000 and those after it"
        #expect(program.output.contains(told), "\(program.output)")
    }
}
