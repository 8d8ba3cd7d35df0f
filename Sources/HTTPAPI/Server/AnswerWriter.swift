import Model
import NIOCore

/// An answer on its way out, in pieces: a client that reads slowly holds the body and one piece of it, not a second body.
struct AnswerWriter {
    private static let pieceSize = 128 << 10
    /// How many are written before other connections have their turn.
    static let piecesAtOnce = 8

    /// Whether the connection goes on afterwards.
    var keepsAlive: Bool
    /// HTTP/1.0.
    private let isOld: Bool
    private var body: [UInt8] = []
    private var written = 0
    /// What is written next, ahead of the rest of the body.
    private var first: ByteBuffer?
    /// Where the body comes from if it is not whole yet.
    private var stream: AnswerStream?
    /// Whether the first piece of it has been sent.
    private var hasBegun = false
    /// Whether the next piece is still being written.
    private(set) var isWaiting = false
    /// Used again and again: by the time of the next piece nobody else has it.
    private var piece = ByteBuffer()

    init(keepsAlive: Bool, isOld: Bool) {
        self.keepsAlive = keepsAlive
        self.isOld = isOld
    }

    mutating func begin(_ response: APIResponse, _ head: inout ResponseHead, now: Timestamp) {
        if let stream = response.stream { return begin(stream, response, &head, now: now) }
        let size = min(response.body.count, Self.pieceSize)
        var bytes = ByteBuffer()
        bytes.reserveCapacity(size + 512)
        head.append(response, connection, now: now, to: &bytes)
        bytes.writeBytes(response.body[..<size])
        first = bytes
        // A small body is no longer needed.
        body = size < response.body.count ? response.body : []
        written = size
    }

    /// A body whose length is not known is sent in chunks (RFC 9112 §7.1); clients of HTTP/1.0 know its end by the connection's.
    private mutating func begin(_ stream: AnswerStream, _ response: APIResponse, _ head: inout ResponseHead, now: Timestamp) {
        self.stream = stream
        var response = response
        if isOld { keepsAlive = false } else { response.headers.append(("Transfer-Encoding", "chunked")) }
        piece.reserveCapacity(AnswerStream.pieceSize + JSONWriter.overhang + 512)
        head.append(response, connection, now: now, to: &piece)
    }

    private var connection: ResponseHead.Connection { keepsAlive ? (isOld ? .keepAlive : .asUsual) : .close }

    var isDone: Bool { stream == nil && first == nil && written >= body.count }

    /// What is to be written next; nil at the end, or if it is not there yet.
    mutating func next() -> ByteBuffer? {
        if let stream { return next(of: stream) }
        if let first {
            self.first = nil
            return first
        }
        guard written < body.count else { return nil }
        let end = min(body.count, written + Self.pieceSize)
        piece.clear(minimumCapacity: Self.pieceSize)
        piece.writeBytes(body[written..<end])
        written = end
        return piece
    }

    private mutating func next(of stream: AnswerStream) -> ByteBuffer? {
        isWaiting = false
        var isLast = true
        var bytes: [UInt8] = []
        switch stream.next() {
        case .notYet:
            isWaiting = true
            return nil
        case .piece(let more, let ends): (bytes, isLast) = (more, ends)
        case .nothing: break
        }
        // The head goes with the first piece, the end with the last.
        if hasBegun { piece.clear() }
        hasBegun = true
        if !bytes.isEmpty {
            if !isOld { piece.writeString(String(bytes.count, radix: 16) + "\r\n") }
            piece.writeBytes(bytes)
            if !isOld { piece.writeStaticString("\r\n") }
        }
        if isLast {
            if !isOld { piece.writeStaticString("0\r\n\r\n") }
            self.stream = nil
        } else {
            stream.giveBack(bytes)
        }
        return piece
    }

    /// The connection is gone.
    func abandon() { stream?.abandon() }
}
