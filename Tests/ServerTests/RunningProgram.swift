import Foundation
import Glibc

/// The real binary as a process of its own, ended when the value goes away.
final class RunningProgram {
    private let process = Foundation.Process()
    private let log: URL

    /// Starts `martlet` with these arguments; what it prints goes to a file in `folder`.
    init(_ arguments: [String], in folder: URL) throws {
        log = folder.appending(path: "log-\(UUID().uuidString)")
        try Data().write(to: log)
        let output = try FileHandle(forWritingTo: log)
        process.executableURL = try Self.binary()
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = output
        process.currentDirectoryURL = folder
        try process.run()
    }

    deinit { kill() }

    var isRunning: Bool { process.isRunning }
    var output: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    func send(_ signal: Int32) { Glibc.kill(process.processIdentifier, signal) }

    /// Ends the process as a power cut would: it gets no chance to write anything.
    func kill() {
        guard process.isRunning else { return }
        send(SIGKILL)
        process.waitUntilExit()
    }

    /// Waits for the end and gives the exit code.
    func wait() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// The binary lies beside the test bundle.
    private static func binary() throws -> URL {
        let products = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        let candidates = [products, URL(fileURLWithPath: ".build/debug")].map { $0.appending(path: "martlet") }
        guard let found = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) }) else {
            throw Missing(description: "no martlet binary in \(candidates.map(\.path))")
        }
        return found
    }

    struct Missing: Error, CustomStringConvertible { let description: String }
}

/// A folder that goes away with the value.
final class ScratchFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func write(_ name: String, _ text: String) throws -> String {
        let file = url.appending(path: name)
        try text.write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }
}

/// A TCP port of 127.0.0.1 that nobody listens on just now, below the range that the system takes for outgoing connections.
func freePort() throws -> Int {
    for _ in 0..<100 {
        let port = Int.random(in: 20_000..<32_000)
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        if listenAddress(port, { bind(socket, $0, $1) }) == 0 { return port }
    }
    throw POSIXError(.EADDRINUSE)
}

/// Calls `body` with 127.0.0.1 and a port as the system's calls want them.
func listenAddress(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
}
