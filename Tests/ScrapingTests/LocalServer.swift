import Glibc
import Synchronization

/// A server on 127.0.0.1 that says what a test wants, byte by byte.
final class LocalServer: Sendable {
    struct Reply: Sendable {
        var bytes: [UInt8]
        /// The connection stays as it is, and nothing more comes.
        var hangs = false

        static let hanging = Reply(bytes: [], hangs: true)
        static let nothing = Reply(bytes: [])

        static func http(_ status: String, _ headers: [String] = [], body: [UInt8], length: Int? = nil) -> Reply {
            let head = ["HTTP/1.1 " + status, "Content-Length: \(length ?? body.count)", "Connection: close"] + headers
            return Reply(bytes: Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body)
        }

        static func http(_ status: String, _ headers: [String] = [], body: String = "", length: Int? = nil) -> Reply {
            http(status, headers, body: Array(body.utf8), length: length)
        }
    }

    let port: UInt16
    private let listener: Int32
    private let heads = Mutex<[String]>([])
    private let answer: @Sendable (_ head: String, _ number: Int) -> Reply

    /// `answer` gets the head of a request and how many came before it.
    init(_ answer: @escaping @Sendable (_ head: String, _ number: Int) -> Reply) throws {
        self.answer = answer
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) + listen(listener, 16) + getsockname(listener, address, &length)
            }
        }
        guard code == 0 else { throw Failure() }
        port = UInt16(bigEndian: address.sin_port)
        startThread { [self] in accept() }
    }

    struct Failure: Error {}

    var url: String { "http://127.0.0.1:\(port)/metrics" }
    var requests: [String] { heads.withLock { $0 } }

    /// Nobody listens any more.
    func close() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func accept() {
        while true {
            let connection = Glibc.accept(listener, nil, nil)
            guard connection >= 0 else { break }
            startThread { [self] in serve(connection) }
        }
        Glibc.close(listener)
    }

    private func serve(_ connection: Int32) {
        var head: [UInt8] = []
        var byte: UInt8 = 0
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard read(connection, &byte, 1) == 1 else { return _ = Glibc.close(connection) }
            head.append(byte)
        }
        let text = String(decoding: head, as: UTF8.self)
        let number = heads.withLock { heads in
            heads.append(text)
            return heads.count - 1
        }
        let reply = answer(text, number)
        _ = reply.bytes.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        // The other side closes a connection over which nothing comes.
        while reply.hangs, read(connection, &byte, 1) > 0 {}
        Glibc.close(connection)
    }

    private func startThread(_ body: @escaping @Sendable () -> Void) {
        final class Box {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Box(body))
        pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, box.toOpaque())
        pthread_detach(thread)
    }
}
