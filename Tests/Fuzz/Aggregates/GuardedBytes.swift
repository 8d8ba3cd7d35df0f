import Glibc

/// Memory behind whose last byte nothing may be read: whoever does is ended by the system.
final class GuardedBytes {
    private let memory: UnsafeMutableRawPointer
    private let room: Int
    private static let page = 4096

    init(room: Int) {
        self.room = (room + Self.page - 1) / Self.page * Self.page
        let all = mmap(nil, self.room + Self.page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let all, all != MAP_FAILED, mprotect(all + self.room, Self.page, PROT_NONE) == 0 else { preconditionFailure("no memory") }
        memory = all
    }

    deinit { munmap(memory, room + Self.page) }

    /// The bytes, right before the guard; nil if there are too many.
    func hold(_ bytes: [UInt8]) -> UnsafeRawBufferPointer? {
        guard bytes.count <= room else { return nil }
        let start = memory + (room - bytes.count)
        bytes.withUnsafeBytes { start.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(start), byteCount: $0.count) }
        return UnsafeRawBufferPointer(start: start, count: bytes.count)
    }
}
