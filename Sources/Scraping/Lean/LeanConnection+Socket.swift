import Glibc
import WebClient

extension LeanConnection: SocketOwner {
    /// Bytes that are received before others have their turn.
    private static let bytesPerTurn = 1 << 20

    func happened(canReceive: Bool, canSend: Bool, isEnding: Bool) {
        if phase == .idle { return lookAtIdleSocket() }
        if phase == .connecting, canSend || isEnding { connected() } else if phase == .sending { send() }
        // What came before all was sent is an answer, too, and is not told again.
        if hasSocketInUse, canReceive || isEnding { receive(isEnding: isEnding) }
    }

    private var hasSocketInUse: Bool { phase == .receiving || phase == .sending }

    /// Nothing should come unasked, but the end.
    private func lookAtIdleSocket() {
        guard let socket else { return }
        var byte: UInt8 = 0
        let count = recv(socket.file, &byte, 1, Int32(MSG_DONTWAIT))
        if count >= 0 || errno != EAGAIN { drop() }
    }

    private func connected() {
        guard let socket else { return }
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(socket.file, SOL_SOCKET, SO_ERROR, &code, &length)
        if code != 0 { couldNotConnect(code) } else { beginSending() }
    }

    // MARK: Sending

    func beginSending() {
        phase = .sending
        attemptEnds = .max
        send()
    }

    private func send() {
        guard let socket, let exchange else { return }
        var sent = exchange.sent
        let bytes = exchange.request.bytes
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { bytes in
                Glibc.send(socket.file, bytes.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count >= 0 {
                sent += count
            } else if errno == EAGAIN {
                break
            } else if errno != EINTR {
                return lost(errno == EPIPE || errno == ECONNRESET ? "EOF" : "write: " + TransportFailure.words(errno: errno))
            }
        }
        self.exchange?.sent = sent
        if sent == bytes.count { phase = .receiving }
    }

    // MARK: Receiving

    private func receive(isEnding: Bool) {
        var left = Self.bytesPerTurn
        while let socket, let exchange {
            let room = exchange.reply.room(exchange.buffer)
            var count = 0
            var code: Int32 = 0
            do {
                try exchange.buffer.reserve(room, most: exchange.reply.whole)
                try exchange.buffer.write(room: room) { target in
                    count = recv(socket.file, target.baseAddress, room, 0)
                    code = errno
                    return max(0, count)
                }
                if count > 0 {
                    if try take(count) { return }
                } else if count == 0 {
                    return try ended(exchange)
                }
            } catch {
                return fail(error)
            }
            if count < 0 {
                if code == EAGAIN { return }
                if code != EINTR { return broken(code) }
            }
            // What comes behind the last of what there was is told anew, unless it is the end and has been told already.
            if count > 0, count < room, !isEnding { return }
            left -= max(0, count)
            if left <= 0 { return goOnLater(isEnding) }
        }
    }

    /// True: there is nothing more to receive.
    private func take(_ count: Int) throws(ScrapeError) -> Bool {
        guard let buffer = exchange?.buffer, try exchange?.reply.take(buffer, fresh: count) == true else { return false }
        if let exchange, let head = exchange.reply.head { finish(exchange, head) }
        return true
    }

    private func ended(_ exchange: Exchange) throws(ScrapeError) {
        if exchange.reply.head == nil, exchange.buffer.count == 0 { return lost("EOF") }
        if try exchange.reply.isWholeAtEnd(exchange.buffer), let head = exchange.reply.head { finish(exchange, head) }
    }

    private func broken(_ code: Int32) {
        let isInBody = exchange?.reply.head != nil
        lost(code == ECONNRESET ? (isInBody ? "unexpected EOF" : "EOF") : "read: " + TransportFailure.words(errno: code))
    }

    private func goOnLater(_ isEnding: Bool) {
        let number = socket?.number
        reactor.perform { [self] in
            if hasSocketInUse, socket?.number == number { receive(isEnding: isEnding) }
        }
    }
}
