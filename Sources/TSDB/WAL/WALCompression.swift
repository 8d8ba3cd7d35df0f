import CSnappy

/// Compresses records one by one, and back, in the raw form of Snappy, as Prometheus does.
final class WALCompression: Sendable {
    /// Longer records are not believed: nobody writes them, and damage must not ask for all memory there is.
    private static let longestRecord = 1 << 30
    /// No element of the form gives more than 64 bytes for three of its own.
    private static let greatestGain = 22

    /// What `compress` and `restore` gave last.
    let output = ByteStore()

    /// False if the record does not become shorter; it is then written as it is.
    func compress(_ record: UnsafeRawBufferPointer) -> Bool {
        var length = snappy_max_compressed_length(record.count)
        output.removeAll()
        output.reserve(length)
        guard
            snappy_compress(record.bindMemory(to: CChar.self).baseAddress, record.count, output.base.assumingMemoryBound(to: CChar.self), &length)
                == SNAPPY_OK, length < record.count
        else { return false }
        output.skip(length)
        return true
    }

    /// How long a compressed record will be; nil if it is none.
    static func restoredLength(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var length = 0
        let isRecord = snappy_uncompressed_length(bytes.bindMemory(to: CChar.self).baseAddress, bytes.count, &length) == SNAPPY_OK
        return isRecord && length <= longestRecord && length / greatestGain <= bytes.count ? length : nil
    }

    /// Nil if the bytes are no compressed record.
    func restore(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let input = bytes.bindMemory(to: CChar.self).baseAddress
        guard var length = Self.restoredLength(bytes) else { return nil }
        output.removeAll()
        output.reserve(length)
        guard snappy_uncompress(input, bytes.count, output.base.assumingMemoryBound(to: CChar.self), &length) == SNAPPY_OK else { return nil }
        output.skip(length)
        return output.bytes
    }
}
