/// Puts a page together from the pieces of a response's body: unpacks it, counts it, keeps the limit.
struct PageReceiver {
    private let buffer: PageBuffer
    private let limit: Int
    private let expected: Int?
    /// Bytes of the pieces.
    private(set) var received = 0
    private var inflater: GzipInflater?

    /// `limit` is what the job says (see ``PageLimit``), `contentLength` what the response's header says, if it does.
    init(into buffer: PageBuffer, limit: Int64, isGzip: Bool, contentLength: Int?) throws(ScrapeError) {
        self.buffer = buffer
        self.limit = PageLimit.bytes(limit)
        expected = contentLength
        if isGzip { inflater = try GzipInflater() }
        buffer.removeAll()
    }

    mutating func receive(_ piece: UnsafeRawBufferPointer) throws(ScrapeError) {
        received += piece.count
        if let inflater {
            try inflater.inflate(piece, into: buffer, limit: limit)
        } else {
            try buffer.receive(piece)
        }
        if buffer.count >= limit { throw ScrapeError.bodySizeLimit }
    }

    /// Throws if the body broke off.
    func finish() throws(ScrapeError) {
        if let expected, expected != received { throw ScrapeError("unexpected EOF: \(received) of \(expected) bytes came") }
        if let inflater { try inflater.finish() }
    }
}
