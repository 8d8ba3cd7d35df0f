import CZlib

/// Unpacks gzip (RFC 1952) piece by piece. There may be several members; their content is one behind the other. It can be used for one page after the
/// other.
final class GzipInflater {
    private var stream = z_stream()
    /// A member has begun and has not ended.
    private var isInMember = false
    private var hasMember = false
    private var isUsed = false

    init() throws(ScrapeError) {
        // Sixteen more than the window's 15 bits: gzip framing, with its checksum verified.
        let code = inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard code == Z_OK else { throw ScrapeError("gzip: cannot start (\(code))") }
    }

    deinit { inflateEnd(&stream) }

    /// Begins with another page, however the last one ended.
    func reset() { (isInMember, hasMember) = (false, false) }

    /// Appends what `piece` unpacks to; stops once there are `limit` bytes or more in the buffer.
    func inflate(_ piece: UnsafeRawBufferPointer, into buffer: PageBuffer, limit: Int) throws(ScrapeError) {
        guard !piece.isEmpty else { return }
        // zlib takes a pointer to mutable bytes but only reads them.
        stream.next_in = UnsafeMutablePointer(mutating: piece.bindMemory(to: UInt8.self).baseAddress)
        stream.avail_in = UInt32(piece.count)
        let room = max(16 << 10, min(piece.count * 8, 1 << 20))
        var isFull = true
        while buffer.count < limit, stream.avail_in > 0 || isFull && isInMember {
            if !isInMember { try beginMember() }
            isFull = try step(room, into: buffer)
        }
    }

    /// Throws if the last member is not whole or there was none.
    func finish() throws(ScrapeError) {
        guard hasMember, !isInMember else { throw ScrapeError("gzip: unexpected EOF") }
    }

    private func beginMember() throws(ScrapeError) {
        if isUsed, inflateReset(&stream) != Z_OK { throw ScrapeError("gzip: cannot start") }
        (isUsed, hasMember, isInMember) = (true, true, true)
    }

    /// Unpacks at most `room` bytes; true if there may be more without more input.
    private func step(_ room: Int, into buffer: PageBuffer) throws(ScrapeError) -> Bool {
        var code = Z_OK
        try buffer.write(room: room) { (target) throws(ScrapeError) in
            stream.next_out = target.bindMemory(to: UInt8.self).baseAddress
            stream.avail_out = UInt32(room)
            code = CZlib.inflate(&stream, Z_NO_FLUSH)
            // A full output buffer or used-up input is no error.
            guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else { throw invalid(code) }
            return room - Int(stream.avail_out)
        }
        if code == Z_STREAM_END { isInMember = false }
        return stream.avail_out == 0
    }

    private func invalid(_ code: Int32) -> ScrapeError {
        let reason = stream.msg.map { String(cString: $0) } ?? "error \(code)"
        switch reason {
        case "incorrect header check", "unknown compression method", "unknown header flags set", "header crc mismatch":
            return ScrapeError("gzip: invalid header")
        case "incorrect data check", "incorrect length check": return ScrapeError("gzip: invalid checksum")
        default: return ScrapeError("gzip: invalid data: \(reason)")
        }
    }
}
