import CZlib

/// Gzip (RFC 1952), at the fastest level: answers are repetitive enough.
enum Gzip {
    /// The largest, and the format's own head and end.
    static let window: Int32 = 15 + 16

    /// Nil if zlib has no memory.
    static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        let version = ZLIB_VERSION
        let status = deflateInit2_(
            &stream, Z_BEST_SPEED, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY, version, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        // Whole inputs are handed over at once; zlib counts them in 32 bits.
        guard bytes.count < Int(UInt32.max) else { return nil }
        var out = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
        let isComplete = bytes.withUnsafeBufferPointer { input in
            out.withUnsafeMutableBufferPointer { output in
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                return deflate(&stream, Z_FINISH) == Z_STREAM_END
            }
        }
        guard isComplete else { return nil }
        out.removeLast(out.count - Int(stream.total_out))
        return out
    }
}

/// The same for what comes in pieces.
final class GzipStream {
    private static let roomSize = 32 << 10

    /// zlib keeps its address.
    private let stream: UnsafeMutablePointer<z_stream>
    private let room = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: roomSize)

    /// Nil if zlib has no memory.
    init?() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let status = deflateInit2_(
            stream, Z_BEST_SPEED, Z_DEFLATED, Gzip.window, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { return nil }
    }

    /// What has become of the pieces so far and was not given before; less than a whole block may wait for the next piece.
    func compress(_ piece: [UInt8], isLast: Bool) -> [UInt8] {
        var out: [UInt8] = []
        piece.withUnsafeBufferPointer { input in
            stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.pointee.avail_in = UInt32(input.count)
            repeat {
                stream.pointee.next_out = room.baseAddress
                stream.pointee.avail_out = UInt32(room.count)
                deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                out.append(contentsOf: room[..<(room.count - Int(stream.pointee.avail_out))])
            } while stream.pointee.avail_out == 0
        }
        return out
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
        room.deallocate()
    }
}
