import Model

/// The file `tombstones` of a block:
///
///     | u32 magic | u8 version | { uvarint series, varint from, varint through }… | u32 CRC-32C of the entries |
///
/// A block without deletions need not have one.
extension Tombstones {
    public static func read(_ folder: String, _ files: any FileSystem) throws(StorageError) -> Tombstones {
        let path = FilePath.join(folder, BlockFormat.tombstones)
        do {
            let bytes = try files.read(path)
            return try bytes.withUnsafeBufferPointer { (bytes) throws(StorageError) in
                try Tombstones(UnsafeRawBufferPointer(bytes), path: path)
            }
        } catch let error as FileError {
            if error.isMissing { return Tombstones() }
            throw .file(error)
        } catch let error as StorageError {
            throw error
        } catch {
            preconditionFailure("BUG: reading tombstones fails with \(error)")
        }
    }

    /// Replaces the file in one durable step.
    public func write(_ folder: String, _ files: any FileSystem) throws(StorageError) {
        do { try files.replace(FilePath.join(folder, BlockFormat.tombstones), with: encoded) } catch { throw .file(error) }
    }

    private init(_ bytes: UnsafeRawBufferPointer, path: String) throws(StorageError) {
        func damaged(_ offset: Int, _ reason: String) -> StorageError { .damaged(path: path, offset: offset, reason: reason) }
        let header = BlockFormat.tombstonesHeaderSize
        guard bytes.count >= header + 4 else { throw damaged(0, "too short for tombstones") }
        guard UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self)) == BlockFormat.tombstonesMagic else {
            throw damaged(0, "does not begin as tombstones do")
        }
        guard bytes[4] == BlockFormat.tombstonesVersion else { throw damaged(4, "version \(bytes[4]) of tombstones; 1 is known") }
        let entries = UnsafeRawBufferPointer(rebasing: bytes[header..<bytes.count - 4])
        guard checksum(entries) == UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: bytes.count - 4, as: UInt32.self)) else {
            throw damaged(bytes.count - 4, "the checksum of the tombstones is wrong")
        }
        self.init()
        var input = ByteInput(entries, offset: 0)
        while !input.atEnd {
            let offset = header + input.offset
            guard let series = input.takeVarint(), let from = input.takeSigned(), let through = input.takeSigned() else {
                throw damaged(offset, "a tombstone that cannot be read")
            }
            add(series, TimeRange(from: from, through: through))
        }
    }

    private var encoded: [UInt8] {
        let store = ByteStore()
        store.reserve(BlockFormat.tombstonesHeaderSize)
        store.put(BlockFormat.tombstonesMagic)
        store.put(BlockFormat.tombstonesVersion)
        for (reference, ranges) in series.sorted(by: { $0.key < $1.key }) {
            for range in ranges {
                store.reserve(30)
                store.putVarint(reference)
                store.write(atMost: 20) { cursor in
                    cursor.putSigned(range.from)
                    cursor.putSigned(range.through)
                }
            }
        }
        let entries = UnsafeRawBufferPointer(rebasing: store.bytes[BlockFormat.tombstonesHeaderSize...])
        let sum = checksum(entries)
        store.reserve(4)
        store.put(sum)
        return Array(store.bytes)
    }
}
