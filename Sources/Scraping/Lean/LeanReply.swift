/// A response as it comes: its head is read, and of the body the page is left in the buffer into which all was received. Knows no socket.
public struct LeanReply {
    /// More is received at a time only if the response says that it comes.
    private static let leastRoom = 16 << 10
    /// So that a length that is a lie costs little.
    private static let mostRoom = 1 << 20
    /// What packing may add to a page at the limit.
    private static let packingSlack = 64 << 10

    private(set) var head: ResponseHead?
    /// Whether there were bytes behind the response: they are nobody's.
    private(set) var hasRest = false
    /// Bytes of the body as they came.
    private(set) var received = 0
    private var search = ResponseHead.Search()
    private var chunks = ChunkedBody()
    private let limit: Int
    /// Bytes of the whole response the last time.
    private let usual: Int

    /// - Parameter limit: bytes of the unpacked page; so many or more are refused.
    init(limit: Int, usual: Int) {
        self.limit = limit
        self.usual = usual
    }

    /// What may come next at most, as a guess.
    func room(_ buffer: PageBuffer) -> Int {
        guard case .length(let length)? = head?.body else { return min(max(usual + 1 - buffer.count, Self.leastRoom), Self.mostRoom) }
        return min(max(length - bodyCount(buffer) + 1, 1), Self.mostRoom)
    }

    /// How large the buffer is at the end, if that is known.
    var whole: Int {
        guard case .length(let length)? = head?.body, let end = head?.end else { return .max }
        return end + length + 1
    }

    /// Looks at what has come into the buffer since the last time, which are its last `fresh` bytes. True: the response is whole, and the buffer
    /// holds its head and body.
    mutating func take(_ buffer: PageBuffer, fresh: Int) throws(ScrapeError) -> Bool {
        var fresh = fresh
        if head == nil {
            guard let found = try buffer.withUnsafeBytes({ (bytes) throws(ScrapeError) in try ResponseHead.read(bytes, &search) }) else {
                return false
            }
            head = found
            fresh = buffer.count - found.end
            // Of another answer nothing but the head is wanted.
            if found.status != 200 { return true }
            if case .length(let length) = found.body, tooMuch(length) { throw ScrapeError.bodySizeLimit }
        }
        return try takeBody(buffer, fresh: fresh)
    }

    /// The connection ended: true if the response is whole thereby.
    func isWholeAtEnd(_ buffer: PageBuffer) throws(ScrapeError) -> Bool {
        switch head?.body {
        case nil: throw ScrapeError(buffer.count == 0 ? "EOF" : "unexpected EOF")
        case .untilEnd: return true
        case .length(let length): throw ScrapeError("unexpected EOF: \(bodyCount(buffer)) of \(length) bytes came")
        case .chunked: throw ScrapeError("unexpected EOF")
        case .empty: return true
        }
    }

    /// Leaves the page alone in the buffer.
    func cutHead(_ buffer: PageBuffer) { buffer.removeFirst(min(head?.end ?? 0, buffer.count)) }

    private mutating func takeBody(_ buffer: PageBuffer, fresh: Int) throws(ScrapeError) -> Bool {
        guard let head else { return false }
        received += fresh
        switch head.body {
        case .empty:
            hasRest = fresh > 0
            buffer.truncate(head.end)
            return true
        case .length(let length):
            let have = bodyCount(buffer)
            guard have >= length else { return false }
            hasRest = have > length
            buffer.truncate(head.end + length)
            return true
        case .untilEnd:
            if tooMuch(bodyCount(buffer)) { throw ScrapeError.bodySizeLimit }
            return false
        case .chunked:
            let old = buffer.count - fresh
            let (content, rest) = try buffer.change(from: old) { (bytes) throws(ScrapeError) in try chunks.take(bytes) }
            buffer.truncate(old + content)
            hasRest = rest > 0
            if tooMuch(bodyCount(buffer)) { throw ScrapeError.bodySizeLimit }
            return chunks.isDone
        }
    }

    /// A whole response that comes in these pieces, behind which the connection ends: its status and, if that is 200, its body as it came.
    ///
    /// - Parameter limit: bytes of the body; so many or more are refused.
    public static func read(_ pieces: [[UInt8]], limit: Int) throws(ScrapeError) -> (status: Int, body: [UInt8]) {
        let buffer = PageBuffer()
        var reply = LeanReply(limit: limit, usual: 0)
        var isWhole = false
        for piece in pieces where !isWhole {
            buffer.append(piece)
            isWhole = try reply.take(buffer, fresh: piece.count)
        }
        if !isWhole { isWhole = try reply.isWholeAtEnd(buffer) }
        let status = reply.head?.status ?? 0
        reply.cutHead(buffer)
        return (status, status == 200 ? buffer.withUnsafeBytes { Array($0) } : [])
    }

    private func bodyCount(_ buffer: PageBuffer) -> Int { buffer.count - (head?.end ?? 0) }

    private func tooMuch(_ count: Int) -> Bool {
        head?.isGzip == true ? count >= limit + limit / 64 + Self.packingSlack : count >= limit
    }
}
