import ArgumentParser
import Demo

/// `martlet demo`: metrics pages of a product to try the server with.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Serve the metrics pages of a made-up product on local ports.",
        discussion: "martlet demo --base-port=19100 --seed=7")

    @Option(name: .customLong("base-port"), help: "The first page's port; the others follow it.") var basePort = 19_100
    @Option(help: "Address to listen on.") var host = "127.0.0.1"
    @Option(help: "The same seed and time give the same pages.") var seed: UInt64 = 1

    func run() async throws {
        let (host, basePort) = (host, basePort)
        try await runDemo(
            DemoOptions(host: host, basePort: basePort, seed: seed) {
                for (offset, page) in DemoPage.all.enumerated() { print("http://\(host):\(basePort + offset)/metrics  \(page.title)") }
            })
    }
}
