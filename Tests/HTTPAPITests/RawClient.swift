import Glibc
import Runtime

/// A client that sends bytes as they are and hands over what comes back; on threads of its own, for its calls block.
final class RawClient: Sendable {
    private static let threads = WorkerPool(name: "client", threads: 8, queueLimit: 1000)

    struct Failed: Error { let call: String }

    private let socket: Int32

    /// Connects to 127.0.0.1.
    init(port: Int) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        // Its end closes what did not connect, too: a number that is closed twice may be somebody else's by then.
        guard result == 0 else { throw Failed(call: "connect") }
    }

    func send(_ text: String) async throws {
        try await Self.threads.run { [socket] in
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let sent = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                guard sent > 0 else { throw Failed(call: "send") }
                rest = rest.dropFirst(sent)
            }
        }
    }

    /// What comes until `end` has come; without it, until the server closes.
    func receive(through end: String? = nil) async throws -> String {
        String(decoding: try await receiveBytes(through: end), as: UTF8.self)
    }

    func receiveBytes(through end: String? = nil) async throws -> [UInt8] {
        try await Self.threads.run { [socket] in
            var all: [UInt8] = []
            var part = [UInt8](repeating: 0, count: 65_536)
            while true {
                if let end, String(decoding: all, as: UTF8.self).hasSuffix(end) { break }
                let count = recv(socket, &part, part.count, 0)
                guard count > 0 else { break }
                all += part[..<count]
            }
            return all
        }
    }

    /// Says that nothing more will be sent; answers can still be read.
    func closeOutput() { Glibc.shutdown(socket, Int32(SHUT_WR)) }

    /// Goes away.
    func close() { Glibc.shutdown(socket, Int32(SHUT_RDWR)) }

    /// Goes away as a machine does that has lost the connection: the server gets a reset.
    func reset() {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        // The number stays ours until the end closes it.
        let nothing = open("/dev/null", O_RDONLY)
        dup2(nothing, socket)
        Glibc.close(nothing)
    }

    deinit { Glibc.close(socket) }
}

/// An answer among bytes: with a length, in chunks, or up to the end.
struct RawAnswer {
    let head: String
    var body: [UInt8] = []
    /// What comes behind it.
    var rest: ArraySlice<UInt8> = []

    /// Nil if it is not whole.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        head = String(decoding: bytes[..<end.upperBound], as: UTF8.self)
        var left = bytes[end.upperBound...]
        if head.contains("\r\nTransfer-Encoding: chunked\r\n") {
            while true {
                guard let line = left.firstRange(of: Array("\r\n".utf8)),
                    let size = Int(String(decoding: left[..<line.lowerBound], as: UTF8.self), radix: 16), left.endIndex >= line.upperBound + size + 2
                else { return nil }
                body += left[line.upperBound..<line.upperBound + size]
                left = left[(line.upperBound + size + 2)...]
                if size == 0 { break }
            }
            rest = left
        } else {
            body = Array(left)
        }
    }
}
