import Glibc
import WebClient

/// What came of a request.
struct LeanAnswer: Sendable {
    let status: Int
    let reason: String
    let contentType: String?
    let isGzip: Bool
}

/// Who asked for something, and is told on the reactor's thread what came of it: once, perhaps before the call that began it returns.
protocol LeanClient: AnyObject {
    func came(_ answer: Result<LeanAnswer, any Error>)
}

/// The connection to one target, kept from one scrape to the next and made anew when it is lost. One request at a time; on its reactor's thread only.
final class LeanConnection: @unchecked Sendable {
    // Every member is touched on the reactor's thread alone.

    /// One request and what has come of it so far.
    struct Exchange {
        let request: PreparedRequest
        let buffer: PageBuffer
        let deadline: Int64
        let client: any LeanClient
        var reply: LeanReply
        var sent = 0
        /// The connection was lost once before anything of an answer came.
        var hasRetried = false
    }

    enum Phase { case idle, lookingUp, connecting, sending, receiving }

    /// How long a connection that nobody uses is kept.
    private static let kept: Int64 = 300_000_000_000
    /// So often it is looked whether it still may be.
    private static let idleLook: Int64 = 10_000_000_000

    let reactor: ScrapeReactor
    private let address: LeanAddress
    private let lookup: NameLookup
    var phase = Phase.idle
    var exchange: Exchange?
    /// The descriptor and its number with the reactor; nil if there is no connection.
    var socket: (file: Int32, number: UInt64)?
    /// Addresses that are still to be tried, and the one that is.
    var candidates: ArraySlice<SocketAddress> = []
    var candidate: SocketAddress?
    /// When the address that is being tried has had its time.
    var attemptEnds = Int64.max
    private var alarmAt = Int64.max
    private var idleSince: Int64 = 0
    /// Bytes of the last response.
    var usual = 0
    /// Counts requests, so that what comes late for one is not taken for the next.
    private var serial = 0
    /// The content type of the last response.
    private var lastType: (bytes: [UInt8], text: String)?

    init(_ address: LeanAddress, _ reactor: ScrapeReactor, _ lookup: NameLookup) {
        self.address = address
        self.reactor = reactor
        self.lookup = lookup
    }

    /// Sends the request and tells `client` of the answer, whose body, if it is of status 200, is then alone in `buffer`, as it came.
    ///
    /// - Parameters:
    ///   - deadline: monotonic nanoseconds.
    ///   - limit: bytes of a page; so many or more are refused.
    func begin(_ request: PreparedRequest, into buffer: PageBuffer, limit: Int, before deadline: Int64, for client: any LeanClient) {
        buffer.removeAll()
        exchange = Exchange(
            request: request, buffer: buffer, deadline: deadline, client: client, reply: LeanReply(limit: limit, usual: usual))
        reactor.expected += 1
        serial += 1
        attemptEnds = .max
        setAlarm(deadline)
        if socket == nil { connect() } else { beginSending() }
    }

    /// Closes it.
    func drop() {
        if let socket {
            reactor.remove(socket.number)
            Glibc.close(socket.file)
        }
        socket = nil
    }

    // MARK: Connecting

    func connect() {
        guard let exchange else { return }
        attemptEnds = .max
        let numeric = SocketAddress.of(address.host, port: address.port, isNumeric: true)
        if !numeric.isEmpty { return tryAddresses(numeric) }
        phase = .lookingUp
        let asked = serial
        lookup.addresses(address.host, port: address.port, before: exchange.deadline) { [self] found in
            reactor.perform { [self] in
                if phase == .lookingUp, serial == asked { tryAddresses(found) }
            }
        }
    }

    private func tryAddresses(_ found: [SocketAddress]) {
        candidates = found[...]
        if found.isEmpty { return fail(ScrapeError("dial tcp: lookup \(address.host): no such host")) }
        tryNext()
    }

    private func tryNext() {
        guard let exchange, let next = candidates.popFirst() else { return }
        candidate = next
        phase = .connecting
        let now = ScrapeReactor.now()
        // The last one has all the time there is.
        attemptEnds = candidates.isEmpty ? .max : now + (exchange.deadline - now) / Int64(candidates.count + 1)
        setAlarm(min(attemptEnds, exchange.deadline))
        if let code = open(next) { couldNotConnect(code) }
    }

    /// Begins to connect. Returns an errno if that is over already.
    private func open(_ address: SocketAddress) -> Int32? {
        let file = Glibc.socket(address.family, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard file >= 0 else { return errno }
        let code = address.with { Glibc.connect(file, $0, $1) == 0 ? 0 : errno } ?? EAFNOSUPPORT
        guard code == 0 || code == EINPROGRESS else {
            Glibc.close(file)
            return code
        }
        switch reactor.add(file, of: self) {
        case .success(let number): socket = (file, number)
        case .failure(let failure):
            Glibc.close(file)
            return failure.code
        }
        return nil
    }

    func couldNotConnect(_ code: Int32) {
        drop()
        if !candidates.isEmpty { return tryNext() }
        fail(ScrapeError("dial tcp \(candidate?.text ?? ""): \(TransportFailure.words(errno: code))"))
    }

    // MARK: Ends

    /// The connection was lost. A target may close a connection that was kept at the very moment it is used: that is worth a second try.
    func lost(_ words: String) {
        drop()
        guard let exchange else { return }
        if exchange.buffer.count == 0, exchange.reply.head == nil, !exchange.hasRetried {
            self.exchange?.hasRetried = true
            self.exchange?.sent = 0
            return connect()
        }
        fail(ScrapeError(words))
    }

    /// Before the head came the error tells what was asked for, as Prometheus does.
    func fail(_ error: ScrapeError) {
        let isInBody = exchange?.reply.head != nil
        finish(.failure(isInBody ? error : LeanFailure(words: error.description)))
    }

    func finish(_ result: Result<LeanAnswer, any Error>) {
        let done = exchange
        if done != nil { reactor.expected -= 1 }
        exchange = nil
        phase = .idle
        attemptEnds = .max
        if case .failure = result { drop() }
        idleSince = ScrapeReactor.now()
        done?.client.came(result)
    }

    /// The response is whole.
    func finish(_ exchange: Exchange, _ head: ResponseHead) {
        usual = exchange.buffer.count + 64
        let bytes: (Range<Int>) -> [UInt8] = { range in exchange.buffer.withUnsafeBytes { Array($0[range]) } }
        let type = head.contentType.map { range in typeText(exchange.buffer, range) }
        let reason = head.status == 200 ? "" : String(decoding: bytes(head.reason), as: UTF8.self)
        if head.status != 200 || !head.keepsAlive || exchange.reply.hasRest { drop() }
        exchange.reply.cutHead(exchange.buffer)
        finish(.success(LeanAnswer(status: head.status, reason: reason, contentType: type, isGzip: head.isGzip)))
    }

    /// A target says the same each time.
    private func typeText(_ buffer: PageBuffer, _ range: Range<Int>) -> String {
        buffer.withUnsafeBytes { bytes in
            let bytes = UnsafeRawBufferPointer(rebasing: bytes[range])
            if let lastType, let base = bytes.baseAddress, lastType.bytes.count == bytes.count, memcmp(lastType.bytes, base, bytes.count) == 0 {
                return lastType.text
            }
            let text = String(decoding: bytes, as: UTF8.self)
            lastType = (Array(bytes), text)
            return text
        }
    }
}

/// Why nothing came of a request before its answer's head: told with the request.
struct LeanFailure: Error {
    let words: String
}

// MARK: - Times

extension LeanConnection: Alarm {
    var isOff: Bool { false }

    /// There is one alarm at a time, but for those that an earlier one has taken the place of. It is set for the next time at which something may be
    /// over, and looks then.
    private func setAlarm(_ time: Int64) {
        guard time < alarmAt else { return }
        alarmAt = time
        reactor.add(self, at: time)
    }

    func ring(at time: Int64) {
        guard time >= alarmAt else { return }
        alarmAt = .max
        guard let exchange else { return lookAtIdle(time) }
        if time >= exchange.deadline { return fail(ScrapeError(TransportFailure.deadline)) }
        if time >= attemptEnds { return couldNotConnect(ETIMEDOUT) }
        setAlarm(min(attemptEnds, exchange.deadline))
    }

    private func lookAtIdle(_ now: Int64) {
        guard socket != nil else { return }
        if now - idleSince >= Self.kept { drop() } else { setAlarm(now + Self.idleLook) }
    }
}
