import Glibc
public import TSDB

/// A copy of a file's bytes that follows the file.
final class MemoryMapping: FileMapping, @unchecked Sendable {
    // Written under the file system's lock, behind what anybody may read yet.
    let bytes: UnsafeRawBufferPointer
    private let memory: UnsafeMutableRawPointer?
    /// How many bytes of the file are in it.
    private var shown = 0

    init(length: Int) {
        // Fresh zeros cost no memory until they are touched: room for a file of 128 MiB is cheap.
        memory = length > 0 ? calloc(length, 1) : nil
        bytes = UnsafeRawBufferPointer(start: memory, count: memory == nil ? 0 : length)
    }

    deinit { free(memory) }

    /// Copies what the file holds from `offset` on; behind its end come zeros.
    func show(_ contents: [UInt8], from offset: Int) {
        guard let memory, offset < bytes.count else { return }
        let end = min(contents.count, bytes.count)
        contents.withUnsafeBytes { source in
            if let from = source.baseAddress, offset < end { memcpy(memory + offset, from + offset, end - offset) }
        }
        if shown > end { memset(memory + max(offset, end), 0, shown - max(offset, end)) }
        shown = end
    }
}

struct WeakMapping {
    weak var mapping: MemoryMapping?
}
