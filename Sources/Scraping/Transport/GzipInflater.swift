import CZlib

/// Unpacks one gzip stream piece by piece.
final class GzipInflater {
    private var stream = z_stream()
    private var isAtEnd = false

    init() throws(ScrapeError) {
        // Sixteen more than the window's 15 bits: gzip framing, with its checksum verified.
        let code = inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard code == Z_OK else { throw ScrapeError("gzip: cannot start (\(code))") }
    }

    deinit { inflateEnd(&stream) }

    /// Appends what `piece` unpacks to; stops at `limit` bytes in the buffer.
    func inflate(_ piece: UnsafeRawBufferPointer, into buffer: PageBuffer, limit: Int) throws(ScrapeError) {
        guard !piece.isEmpty else { return }
        guard !isAtEnd else { throw ScrapeError("gzip: data after the end of the stream") }
        // zlib takes a pointer to mutable bytes but only reads them.
        stream.next_in = UnsafeMutablePointer(mutating: piece.bindMemory(to: UInt8.self).baseAddress)
        stream.avail_in = UInt32(piece.count)
        var full = true
        while !isAtEnd, buffer.count < limit, stream.avail_in > 0 || full {
            let room = max(16 << 10, min(piece.count * 8, 1 << 20))
            try buffer.write(room: room) { (target) throws(ScrapeError) in
                stream.next_out = target.bindMemory(to: UInt8.self).baseAddress
                stream.avail_out = UInt32(room)
                let code = CZlib.inflate(&stream, Z_NO_FLUSH)
                if code == Z_STREAM_END { isAtEnd = true }
                // A full output buffer or used-up input is no error.
                guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else { throw ScrapeError("gzip: invalid data (\(code))") }
                full = stream.avail_out == 0
                return room - Int(stream.avail_out)
            }
        }
        if isAtEnd, stream.avail_in > 0 { throw ScrapeError("gzip: data after the end of the stream") }
    }

    /// Throws if the stream's end has not come.
    func finish() throws(ScrapeError) {
        guard isAtEnd else { throw ScrapeError("gzip: the page broke off") }
    }
}
