import Foundation
import Glibc

/// A real Prometheus with an empty configuration and an empty store, on a free port of 127.0.0.1, in a folder of its own.
final class PrometheusProcess {
    private let process = Process()
    private let folder: URL
    private let port: Int

    struct Unusable: Error, CustomStringConvertible { let description: String }

    /// Waits until it answers. `peers` holds the program, or a folder `bin` that does.
    init(peers: String) async throws {
        guard let program = ["\(peers)/prometheus", "\(peers)/bin/prometheus"].first(where: FileManager.default.isExecutableFile) else {
            throw Unusable(description: "no program prometheus in \(peers)")
        }
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("prometheus-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let configuration = folder.appendingPathComponent("prometheus.yml")
        try Data().write(to: configuration)
        port = try Self.freePort()
        process.executableURL = URL(fileURLWithPath: program)
        process.currentDirectoryURL = folder
        process.arguments = [
            "--config.file=\(configuration.path)", "--storage.tsdb.path=\(folder.path)/data", "--web.listen-address=127.0.0.1:\(port)",
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        try await waitUntilReady()
    }

    /// Ends the process, and no other, and removes its folder.
    func end() {
        process.terminate()
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    func send(_ method: String, _ target: String, form: String?) throws -> (status: Int, body: String) {
        let curl = Process()
        let output = Pipe()
        curl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        // Globbing would read the brackets of match[].
        var arguments = ["curl", "--silent", "--globoff", "--path-as-is", "--max-time", "20", "--write-out", "\n%{http_code}"]
        arguments += method == "HEAD" ? ["--head"] : ["--request", method]
        if let form { arguments += ["--data-binary", form] }
        curl.arguments = arguments + ["http://127.0.0.1:\(port)\(target)"]
        curl.standardOutput = output
        try curl.run()
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        curl.waitUntilExit()
        guard let end = said.lastIndex(of: "\n"), let status = Int(said[said.index(after: end)...]) else {
            throw Unusable(description: "curl gave no status for \(target): \(said)")
        }
        return (status, String(said[..<end]))
    }

    private func waitUntilReady() async throws {
        for _ in 0..<300 {
            guard process.isRunning else { throw Unusable(description: "prometheus ended at once") }
            if try send("GET", "/-/ready", form: nil).status == 200 { return }
            try await Task.sleep(nanoseconds: 100_000_000)
        }
        end()
        throw Unusable(description: "prometheus did not become ready")
    }

    private static func freePort() throws -> Int {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, length) == 0 ? getsockname(socket, $0, &length) : -1 }
        }
        guard socket >= 0, result == 0 else { throw Unusable(description: "no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
