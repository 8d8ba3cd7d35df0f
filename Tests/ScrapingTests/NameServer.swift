import Glibc
import Runtime
import Synchronization

/// A name server on 127.0.0.1, by UDP and TCP, that answers what a test wants, byte by byte.
final class NameServer: Sendable {
    /// What it does with a question.
    enum Reply: Sendable {
        /// Everything behind the number of the question.
        case answer([UInt8])
        /// By UDP only that it is too long; by TCP whole.
        case tooLong([UInt8])
        case silence
    }

    struct Question: Sendable, Equatable {
        let name: String
        let type: UInt16
        let isTCP: Bool
    }

    struct Failure: Error {}

    let port: UInt16
    private let datagrams: Int32
    private let listener: Int32
    private let asked = Mutex<[Question]>([])
    private let reply: @Sendable (Question) -> Reply

    init(_ reply: @escaping @Sendable (Question) -> Reply) throws {
        self.reply = reply
        (datagrams, listener, port) = try Self.pair()
        guard listen(listener, 8) == 0 else { throw Failure() }
        startThread { [self] in answerDatagrams() }
        startThread { [self] in answerConnections() }
    }

    var questions: [Question] { asked.withLock { $0 } }

    /// Nobody answers any more.
    func close() {
        shutdown(listener, Int32(SHUT_RDWR))
        shutdown(datagrams, Int32(SHUT_RDWR))
    }

    /// Sockets of both kinds on one port; that of one may be taken for the other.
    private static func pair() throws -> (datagrams: Int32, listener: Int32, port: UInt16) {
        for _ in 0..<50 {
            let (datagrams, port) = try bound(SOCK_DGRAM, 0)
            if let (listener, _) = try? bound(SOCK_STREAM, port) { return (datagrams, listener, port) }
            Glibc.close(datagrams)
        }
        throw Failure()
    }

    private static func bound(_ type: __socket_type, _ port: UInt16) throws -> (Int32, UInt16) {
        let socket = socket(AF_INET, Int32(type.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        address.sin_port = port.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, length) + getsockname(socket, $0, &length) }
        }
        guard code == 0 else {
            Glibc.close(socket)
            throw Failure()
        }
        return (socket, UInt16(bigEndian: address.sin_port))
    }

    private func answerDatagrams() {
        var buffer = [UInt8](repeating: 0, count: 2048)
        while true {
            var address = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let count = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { recvfrom(datagrams, &buffer, buffer.count, 0, $0, &length) }
            }
            guard count > 0 else { break }
            guard let answer = answer(Array(buffer[..<count]), isTCP: false) else { continue }
            _ = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { sendto(datagrams, answer, answer.count, 0, $0, length) }
            }
        }
        Glibc.close(datagrams)
    }

    private func answerConnections() {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { break }
            var length = [UInt8](repeating: 0, count: 2)
            guard recv(connection, &length, 2, Int32(MSG_WAITALL)) == 2 else { continue }
            var question = [UInt8](repeating: 0, count: Int(length[0]) << 8 | Int(length[1]))
            let count = recv(connection, &question, question.count, Int32(MSG_WAITALL))
            if count == question.count, let answer = answer(question, isTCP: true) {
                let whole = [UInt8(answer.count >> 8), UInt8(answer.count & 255)] + answer
                send(connection, whole, whole.count, Int32(MSG_NOSIGNAL))
            }
            Glibc.close(connection)
        }
        Glibc.close(listener)
    }

    private func answer(_ message: [UInt8], isTCP: Bool) -> [UInt8]? {
        var at = 12
        var labels: [String] = []
        while at < message.count, message[at] > 0 {
            labels.append(String(decoding: message[at + 1..<at + 1 + Int(message[at])], as: UTF8.self))
            at += 1 + Int(message[at])
        }
        guard at + 5 <= message.count else { return nil }
        let question = Question(
            name: labels.joined(separator: "."), type: UInt16(message[at + 1]) << 8 | UInt16(message[at + 2]), isTCP: isTCP)
        asked.withLock { $0.append(question) }
        let asked = Array(message[12..<at + 5])
        switch reply(question) {
        case .silence: return nil
        case .answer(let rest): return message[..<2] + rest
        case .tooLong(let rest): return message[..<2] + (isTCP ? rest : [0x83, 0x80, 0, 1, 0, 0, 0, 0, 0, 0] + asked)
        }
    }
}

/// Answers as they stand behind the question's number.
enum Answers {
    /// The question, then records whose name is a pointer to it.
    static func records(_ name: String, _ type: UInt16, _ data: [[UInt8]], code: UInt8 = 0, before: [UInt8] = [], more: Int = 0) -> [UInt8] {
        let count = data.count + more
        var out: [UInt8] = [0x81, 0x80 | code, 0, 1, UInt8(count >> 8), UInt8(count & 255), 0, 0, 0, 0]
        out += encoded(name) + [UInt8(type >> 8), UInt8(type & 255), 0, 1]
        out += before
        for one in data { out += record(type, one) }
        return out
    }

    static func record(_ type: UInt16, _ data: [UInt8]) -> [UInt8] {
        [0xc0, 12, UInt8(type >> 8), UInt8(type & 255), 0, 1, 0, 0, 0, 60, UInt8(data.count >> 8), UInt8(data.count & 255)] + data
    }

    static func encoded(_ name: String) -> [UInt8] {
        name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    static func failure(_ name: String, _ type: UInt16, code: UInt8) -> [UInt8] { records(name, type, [], code: code) }
}
