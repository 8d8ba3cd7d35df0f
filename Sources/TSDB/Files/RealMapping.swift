import CLinux
import Glibc

/// Part of the address space that shows a file.
final class RealMapping: FileMapping, @unchecked Sendable {
    // Never written to after the start; what the file's writer appends meanwhile, nobody reads before it was told of it.
    let bytes: UnsafeRawBufferPointer

    init(_ descriptor: Int32, _ path: String, length: Int?) throws(FileError) {
        var status = stat()
        _ = try check("look at", path) { fstat(descriptor, &status) }
        let length = length ?? Int(status.st_size)
        guard length > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let start = mmap(nil, length, PROT_READ, MAP_SHARED, descriptor, 0), start != MAP_FAILED else {
            throw FileError(path: path, operation: "map", code: errno)
        }
        let code = martlet_guard(start, length)
        if code != 0 {
            munmap(start, length)
            throw FileError(path: path, operation: "map", code: code)
        }
        bytes = UnsafeRawBufferPointer(start: start, count: length)
    }

    deinit {
        guard let start = UnsafeMutableRawPointer(mutating: bytes.baseAddress) else { return }
        martlet_unguard(start)
        munmap(start, bytes.count)
    }
}
