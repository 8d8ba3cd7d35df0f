/// Hands an answer's pieces over to be sent, packed if the client wants them so.
struct PieceWriter {
    private let stream: AnswerStream
    private let packer: GzipStream?
    private let isPacked: Bool

    init(_ stream: AnswerStream, isPacked: Bool) {
        self.stream = stream
        self.isPacked = isPacked
        packer = isPacked ? GzipStream() : nil
    }

    /// False if nobody wants the rest.
    func put(_ piece: [UInt8]) -> Bool {
        guard var piece = packed(piece, isLast: false) else { return false }
        if !piece.isEmpty { stream.put(&piece) }
        return !stream.isAbandoned
    }

    /// The last piece, which may be empty.
    func finish(_ piece: [UInt8]) { stream.finish(packed(piece, isLast: true) ?? []) }

    /// Nil if there was no memory for packing, which the client sees by an answer that is cut off.
    private func packed(_ piece: [UInt8], isLast: Bool) -> [UInt8]? {
        isPacked ? packer?.compress(piece, isLast: isLast) : piece
    }
}
