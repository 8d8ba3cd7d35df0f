import Foundation
import Glibc
import Synchronization

/// Takes alerts as an alertmanager does, on threads of its own.
final class AlertInbox: Sendable {
    let port: Int
    private let listener: Int32
    private let got = Mutex<[(path: String, body: String)]>([])

    init() throws {
        port = try freePort()
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        let bound = listenAddress(port) { bind(listener, $0, $1) }
        guard bound == 0, listen(listener, 16) == 0 else { throw POSIXError(.EADDRINUSE) }
        Thread { [self] in serve() }.start()
    }

    /// Everything that came, as text.
    var bodies: [String] { got.withLock { $0.map(\.body) } }
    var paths: Set<String> { Set(got.withLock { $0.map(\.path) }) }

    private func serve() {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return }
            answer(connection)
            close(connection)
        }
    }

    private func answer(_ connection: Int32) {
        var request: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !isWhole(request) {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            request += buffer[..<count]
        }
        let text = String(decoding: request, as: UTF8.self)
        let (head, body) = Self.parts(text)
        got.withLock { $0.append((String(head.split(separator: " ").dropFirst().first ?? ""), String(body))) }
        let reply = Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8)
        send(connection, reply, reply.count, Int32(MSG_NOSIGNAL))
    }

    private func isWhole(_ request: [UInt8]) -> Bool {
        let text = String(decoding: request, as: UTF8.self)
        let (head, body) = Self.parts(text)
        let line = head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
        let length = line.flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) }
        guard text.contains("\r\n\r\n"), let length else { return false }
        return body.utf8.count >= length
    }

    private static func parts(_ text: String) -> (head: Substring, body: Substring) {
        guard let end = text.range(of: "\r\n\r\n") else { return (text[...], "") }
        return (text[..<end.lowerBound], text[end.upperBound...])
    }
}
