import Runtime

/// Unpacks the pages of one reactor's targets, with memory that is used for one after the other.
///
/// Packed bytes say little of how many they become: only so much is unpacked on the reactor, the others on a worker.
final class PageUnpacker {
    /// Packed and unpacked bytes up to which it is done on the spot: a millisecond or two, no more.
    private static let quickPacked = 128 << 10
    private static let quick = 1 << 20

    private var inflater: GzipInflater?
    private var spare: PageBuffer?

    /// Unpacks what is in the buffer on the spot; false if it is too much for that, and then the buffer is as it was.
    func unpack(_ buffer: PageBuffer, limit: Int) throws(ScrapeError) -> Bool {
        guard buffer.count <= Self.quickPacked, Self.toldSize(buffer) <= Self.quick else { return false }
        if self.inflater == nil { self.inflater = try GzipInflater() }
        guard let inflater else { return false }
        let spare = self.spare.flatMap { $0.isCounted(with: buffer) ? $0 : nil } ?? buffer.empty()
        self.spare = spare
        // One byte more than is quick tells the liar from the truth.
        try Self.inflate(buffer, inflater, into: spare, limit: min(limit, Self.quick + 1))
        if spare.count > Self.quick, spare.count < limit { return false }
        try Self.settle(buffer, inflater, spare, limit)
        return true
    }

    /// As ``unpack(_:limit:)``, however long it takes.
    static func unpackLong(_ buffer: PageBuffer, limit: Int) throws(ScrapeError) {
        let inflater = try GzipInflater()
        let spare = buffer.empty()
        try inflate(buffer, inflater, into: spare, limit: limit)
        try settle(buffer, inflater, spare, limit)
    }

    private static func inflate(_ buffer: PageBuffer, _ inflater: GzipInflater, into spare: PageBuffer, limit: Int) throws(ScrapeError) {
        inflater.reset()
        spare.removeAll()
        try buffer.withUnsafeBytes { (bytes) throws(ScrapeError) in try inflater.inflate(bytes, into: spare, limit: limit) }
    }

    private static func settle(_ buffer: PageBuffer, _ inflater: GzipInflater, _ spare: PageBuffer, _ limit: Int) throws(ScrapeError) {
        if spare.count >= limit { throw ScrapeError.bodySizeLimit }
        try inflater.finish()
        buffer.exchange(with: spare)
    }

    /// What the last member says of its size (RFC 1952, section 2.3.1).
    private static func toldSize(_ buffer: PageBuffer) -> Int {
        guard buffer.count >= 18 else { return 0 }
        return buffer.withUnsafeBytes { bytes in
            Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: bytes.count - 4, as: UInt32.self)))
        }
    }
}
