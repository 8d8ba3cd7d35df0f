import Glibc
import Runtime
import Synchronization
import TestKit

/// A server on 127.0.0.1 whose connections stay open and are served by a script, request by request.
final class ScriptedServer: Sendable {
    /// One accepted connection.
    struct Connection: Sendable {
        fileprivate let file: Int32
        /// How many were accepted before.
        let number: Int

        /// The next request's head; nil at the end.
        func request() -> String? {
            var head: [UInt8] = []
            var byte: UInt8 = 0
            while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
                guard read(file, &byte, 1) == 1 else { return nil }
                head.append(byte)
            }
            return String(decoding: head, as: UTF8.self)
        }

        /// False once nobody takes it any more.
        @discardableResult
        func send(_ bytes: [UInt8]) -> Bool {
            var sent = 0
            while sent < bytes.count {
                let count = bytes.withUnsafeBytes { Glibc.send(file, $0.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL)) }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }

        @discardableResult
        func send(_ text: String) -> Bool { send(Array(text.utf8)) }

        /// Each byte in a packet of its own.
        func sendSlowly(_ bytes: [UInt8]) {
            var on: Int32 = 1
            setsockopt(file, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
            for byte in bytes where send([byte]) { sched_yield() }
        }

        /// Waits until the other side closes.
        func untilClosed() {
            var byte: UInt8 = 0
            while read(file, &byte, 1) > 0 {}
        }
    }

    let port: UInt16
    private let listener: Int32
    private let accepted = Mutex(0)

    /// - Parameter serve: runs on a thread for each connection, which is closed when it returns. Nil: connections are not even accepted.
    init(_ serve: (@Sendable (Connection) -> Void)?) throws {
        (listener, port) = try LoopbackSocket.listen(backlog: 4096)
        if let serve { startThread { [self] in accept(serve) } }
    }

    var url: String { "http://127.0.0.1:\(port)/metrics" }
    /// How many connections there were.
    var connections: Int { accepted.withLock { $0 } }

    /// Nobody listens any more; who waits to be accepted is refused.
    func close() {
        shutdown(listener, Int32(SHUT_RDWR))
        Glibc.close(listener)
    }

    private func accept(_ serve: @escaping @Sendable (Connection) -> Void) {
        while true {
            let file = Glibc.accept(listener, nil, nil)
            guard file >= 0 else { return }
            let number = accepted.withLock { accepted in
                defer { accepted += 1 }
                return accepted
            }
            startThread {
                serve(Connection(file: file, number: number))
                Glibc.close(file)
            }
        }
    }
}
