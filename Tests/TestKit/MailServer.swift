import Glibc
import Synchronization

/// A mail server on 127.0.0.1 for one connection, which answers as a test wants.
public final class MailServer: Sendable {
    public let port: UInt16
    private let listener: Int32
    private let answers: [String: String]
    private let received = Mutex<[String]>([])

    /// - Parameter answers: by how a command begins, the longest that fits; "" is the greeting, "." the end of a mail, and an empty answer hangs up.
    ///   All others are answered as if all were well.
    public init(_ answers: [String: String] = [:]) throws {
        self.answers = answers
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) + listen(listener, 4) + getsockname(listener, address, &length)
            }
        }
        guard code == 0 else { throw LocalServer.Failure() }
        port = UInt16(bigEndian: address.sin_port)
        LocalServer.startThread { [self] in serve() }
    }

    public var commands: [String] { received.withLock { $0 } }

    /// Once; nobody listens any more.
    public func close() {
        shutdown(listener, Int32(SHUT_RDWR))
        Glibc.close(listener)
    }

    private func serve() {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        defer { Glibc.close(connection) }
        guard say(answers[""] ?? "220 mail.test ESMTP", connection) else { return }
        while let line = line(connection) {
            received.withLock { $0.append(line) }
            guard say(answer(line), connection) else { return }
            if line == "DATA", answer(line).hasPrefix("354") {
                while let text = self.line(connection), text != "." {}
                guard say(answers["."] ?? "250 taken", connection) else { return }
            }
            if line == "QUIT" { return }
        }
    }

    private func answer(_ line: String) -> String {
        let fitting = answers.keys.filter { !$0.isEmpty && $0 != "." && line.hasPrefix($0) }.max { $0.count < $1.count }
        return fitting.flatMap { answers[$0] } ?? (line == "DATA" ? "354 go on" : line.hasPrefix("EHLO") ? "250-mail.test\r\n250 8BITMIME" : "250 ok")
    }

    private func say(_ text: String, _ connection: Int32) -> Bool {
        if text.isEmpty { return false }
        let bytes = Array((text + "\r\n").utf8)
        return send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    private func line(_ connection: Int32) -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(connection, &byte, 1) == 1 {
            if byte == 0x0a { return String(decoding: line.last == 0x0d ? line.dropLast() : line[...], as: UTF8.self) }
            line.append(byte)
        }
        return nil
    }
}
