import Glibc
import Synchronization

/// A server on 127.0.0.1, or on a socket in the file system, that says what a test wants, byte by byte.
public final class LocalServer: Sendable {
    public struct Reply: Sendable {
        public var bytes: [UInt8]
        /// The connection stays as it is, and nothing more comes.
        public var hangs = false

        public init(bytes: [UInt8], hangs: Bool = false) {
            self.bytes = bytes
            self.hangs = hangs
        }

        public static let hanging = Reply(bytes: [], hangs: true)
        public static let nothing = Reply(bytes: [])

        public static func http(_ status: String, _ headers: [String] = [], body: [UInt8], length: Int? = nil) -> Reply {
            let head = ["HTTP/1.1 " + status, "Content-Length: \(length ?? body.count)", "Connection: close"] + headers
            return Reply(bytes: Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body)
        }

        public static func http(_ status: String, _ headers: [String] = [], body: String = "", length: Int? = nil) -> Reply {
            http(status, headers, body: Array(body.utf8), length: length)
        }
    }

    public let port: UInt16
    private let listener: Int32
    private let received = Mutex<[String]>([])
    private let answer: @Sendable (_ request: String, _ number: Int) -> Reply

    /// `answer` gets a request, head and body, and how many came before it.
    public init(_ answer: @escaping @Sendable (_ request: String, _ number: Int) -> Reply) throws {
        self.answer = answer
        (listener, port) = try LoopbackSocket.listen(backlog: 16)
        Self.startThread { [self] in accept() }
    }

    /// Listens on a socket in the file system; what was at the path is gone. Its ``port`` is 0.
    public init(socket path: String, _ answer: @escaping @Sendable (_ request: String, _ number: Int) -> Reply) throws {
        self.answer = answer
        port = 0
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { throw Failure() }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        unlink(path)
        let listener = listener
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, socklen_t(MemoryLayout<sockaddr_un>.size)) + listen(listener, 16)
            }
        }
        guard code == 0 else { throw Failure() }
        Self.startThread { [self] in accept() }
    }

    public struct Failure: Error {
        public init() {}
    }

    public var url: String { "http://127.0.0.1:\(port)/metrics" }
    public var requests: [String] { received.withLock { $0 } }

    /// Nobody listens any more.
    public func close() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func accept() {
        while true {
            let connection = Glibc.accept(listener, nil, nil)
            guard connection >= 0 else { break }
            Self.startThread { [self] in serve(connection) }
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
        let text = String(decoding: head + body(head, connection), as: UTF8.self)
        let number = received.withLock { received in
            received.append(text)
            return received.count - 1
        }
        let reply = answer(text, number)
        _ = reply.bytes.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        // The other side closes a connection over which nothing comes.
        while reply.hangs, read(connection, &byte, 1) > 0 {}
        Glibc.close(connection)
    }

    /// As much as the head says.
    private func body(_ head: [UInt8], _ connection: Int32) -> [UInt8] {
        let lines = String(decoding: head, as: UTF8.self).lowercased().split(separator: "\r\n")
        let length = lines.first { $0.hasPrefix("content-length:") }.flatMap { Int($0.dropFirst(15).filter { $0 != " " }) } ?? 0
        var body: [UInt8] = []
        var byte: UInt8 = 0
        while body.count < length, read(connection, &byte, 1) == 1 { body.append(byte) }
        return body
    }

    static func startThread(_ body: @escaping @Sendable () -> Void) {
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
