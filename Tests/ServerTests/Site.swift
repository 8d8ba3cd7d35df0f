import APIClient
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// A folder with a configuration, a page to scrape, and servers on top of them.
final class Site {
    let folder: ScratchFolder
    let page: CountingPage
    let config: String
    let port: Int

    init(hasExemplars: Bool = false) throws {
        folder = try ScratchFolder()
        page = try CountingPage(hasExemplars: hasExemplars)
        port = try freePort()
        config = try folder.write(
            "martlet.yml",
            """
            global:
              scrape_interval: 200ms
              scrape_timeout: 200ms
            scrape_configs:
              - job_name: page
                static_configs:
                  - targets: ['127.0.0.1:\(page.port)']

            """)
    }

    func startServer(port: Int? = nil, data: String = "data", more: [String] = []) throws -> RunningProgram {
        try RunningProgram(
            [
                "serve", "--config.file=\(config)", "--storage.tsdb.path=\(folder.url.appending(path: data).path)",
                "--web.listen-address=127.0.0.1:\(port ?? self.port)",
            ] + more, in: folder.url)
    }

    func untilReady(_ server: RunningProgram) async throws {
        try await until {
            guard server.isRunning else { throw GaveUp(description: "the server ended: \(server.output)") }
            return (try? await self.text("-/ready")) != nil
        }
    }

    /// What a path of the server answers; throws unless the status is 200.
    func text(_ path: String) async throws -> String {
        let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: "http://127.0.0.1:\(port)/\(path)"), timeout: .seconds(10))
        guard response.status == .ok else { throw GaveUp(description: "\(path): \(response.status)") }
        return String(buffer: try await response.body.collect(upTo: 1 << 24))
    }

    /// Has the server read its configuration anew; it must run with `--web.enable-lifecycle`.
    func reload() async throws {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/-/reload")
        request.method = .POST
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        guard response.status == .ok else { throw GaveUp(description: "the reload is refused: \(response.status)") }
    }

    /// The value of an instant query's single series; nil if there is none.
    func number(_ query: String) async throws -> Double? {
        let answer = try await APIClient(server: "127.0.0.1:\(port)").get("query", [("query", query)], as: QueryAnswer.self)
        guard case .vector(let series) = answer else { return nil }
        return series.first.flatMap { $0.value.flatMap { Double($0.value) } }
    }

    /// The value of one of the server's own metrics.
    func metric(_ name: String) async throws -> Double? {
        let line = try await text("metrics").split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return line.flatMap { Double($0.dropFirst(name.count + 1)) }
    }

    struct GaveUp: Error, CustomStringConvertible { let description: String }

    /// Asks again until the condition holds; half a minute is far more than any of it takes.
    func until(_ condition: () async throws -> Bool) async throws {
        for _ in 0..<600 {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw GaveUp(description: "gave up waiting")
    }
}
