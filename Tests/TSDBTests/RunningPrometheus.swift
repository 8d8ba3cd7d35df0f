import Foundation
import Glibc
import TSDB

extension Peers {
    /// Lets Prometheus scrape itself every second into `<path>/theirs` while `body`, which is given its port, runs; then ends it.
    func runPrometheus(in path: String, flags: [String] = [], while body: (UInt16) throws -> Void) throws {
        let port = try freePort()
        let configuration = """
            global: {scrape_interval: 1s}
            scrape_configs:
              - job_name: itself
                static_configs: [{targets: ["127.0.0.1:\(port)"]}]
            """
        try Data(configuration.utf8).write(to: URL(fileURLWithPath: path + "/prometheus.yml"))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: folder + "/prometheus")
        process.arguments = [
            "--config.file=\(path)/prometheus.yml", "--storage.tsdb.path=\(path)/theirs",
            "--web.listen-address=127.0.0.1:\(port)", "--log.level=error",
        ]
        process.arguments? += flags
        try process.run()
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        try body(port)
    }

    /// Asks it to write a snapshot; false if it does not answer that it did.
    func takeSnapshot(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        let request = Array("POST /api/v1/admin/tsdb/snapshot HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8)
        guard withAddress(port, { connect(descriptor, $0, $1) }) == 0 else { return false }
        guard write(descriptor, request, request.count) == request.count else { return false }
        var answer: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &part, part.count)
            if count <= 0 { break }
            answer += part.prefix(count)
        }
        return String(decoding: answer, as: UTF8.self).contains("\"status\":\"success\"")
    }

    private func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var bound = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let failed = withAddress(0) { bind(descriptor, $0, $1) } != 0
        let unknown = withUnsafeMutableBytes(of: &bound) { getsockname(descriptor, $0.bindMemory(to: sockaddr.self).baseAddress, &length) != 0 }
        if failed || unknown { throw FileError(path: "127.0.0.1", operation: "bind to", code: errno) }
        return UInt16(bigEndian: bound.sin_port)
    }

    private func withAddress(_ port: UInt16, _ body: (UnsafePointer<sockaddr>?, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafeBytes(of: &address) { body($0.bindMemory(to: sockaddr.self).baseAddress, socklen_t($0.count)) }
    }
}
