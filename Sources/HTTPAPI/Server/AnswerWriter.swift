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
    /// Used again and again: by the time of the next piece nobody else has it.
    private var piece = ByteBuffer()

    init(keepsAlive: Bool, isOld: Bool) {
        self.keepsAlive = keepsAlive
        self.isOld = isOld
    }

    mutating func begin(_ response: APIResponse, _ head: inout ResponseHead, now: Timestamp) {
        let size = min(response.body.count, Self.pieceSize)
        var bytes = ByteBuffer()
        bytes.reserveCapacity(size + 512)
        head.append(response, keepsAlive ? (isOld ? .keepAlive : .asUsual) : .close, now: now, to: &bytes)
        bytes.writeBytes(response.body[..<size])
        first = bytes
        // A small body is no longer needed.
        body = size < response.body.count ? response.body : []
        written = size
    }

    var isDone: Bool { first == nil && written >= body.count }

    /// What is to be written next; nil at the end.
    mutating func next() -> ByteBuffer? {
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
}
