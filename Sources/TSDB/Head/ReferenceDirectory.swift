import Glibc

/// From series references to slots: flat pages, made where there are references. Several references may mean one series, when a log names it anew.
final class ReferenceDirectory {
    private static let pageShift: UInt64 = 12
    private static let pageSize = 1 << 12
    /// References below 2³⁴ go through pages. Nobody who counts up from 1 gets further, but a log may hold anything.
    private static let maxPages = 1 << 22

    private let pages: UnsafeMutablePointer<UnsafeMutablePointer<UInt32>?>
    @exclusivity(unchecked) private var pageEnd = 0
    @exclusivity(unchecked) private var pageCount = 0
    @exclusivity(unchecked) private var far: [UInt64: UInt32] = [:]
    static let none = UInt32.max

    init() {
        guard let memory = calloc(Self.maxPages, MemoryLayout<UnsafeMutablePointer<UInt32>?>.stride) else {
            preconditionFailure("BUG: no memory for the reference directory")
        }
        pages = memory.assumingMemoryBound(to: UnsafeMutablePointer<UInt32>?.self)
    }

    deinit {
        for page in 0..<pageEnd { pages[page]?.deallocate() }
        free(pages)
    }

    /// The slot of a reference, `none` if it is unknown.
    @inline(__always)
    func slot(_ ref: UInt64) -> UInt32 {
        let page = ref &>> Self.pageShift
        guard page < UInt64(Self.maxPages) else { return far[ref] ?? Self.none }
        guard let memory = pages[Int(truncatingIfNeeded: page)] else { return Self.none }
        return memory[Int(truncatingIfNeeded: ref) & (Self.pageSize &- 1)]
    }

    func set(_ ref: UInt64, _ slot: UInt32) {
        guard let page = Int(exactly: ref >> Self.pageShift), page < Self.maxPages else {
            far[ref] = slot
            return
        }
        let memory = pages[page] ?? newPage(page)
        memory[Int(truncatingIfNeeded: ref) & (Self.pageSize - 1)] = slot
    }

    private func newPage(_ page: Int) -> UnsafeMutablePointer<UInt32> {
        let memory = UnsafeMutablePointer<UInt32>.allocate(capacity: Self.pageSize)
        memory.initialize(repeating: Self.none, count: Self.pageSize)
        pages[page] = memory
        pageEnd = max(pageEnd, page + 1)
        pageCount += 1
        return memory
    }

    /// Follows a sweep: slot `i` is now `new[i]`, `none` if gone. Pages without references are freed. Returns the references that are gone.
    func renumber(_ new: [UInt32]) -> [UInt64] {
        var gone: [UInt64] = []
        for page in 0..<pageEnd {
            guard let memory = pages[page] else { continue }
            var used = false
            for i in 0..<Self.pageSize where memory[i] != Self.none {
                memory[i] = new[Int(memory[i])]
                if memory[i] == Self.none { gone.append(UInt64(page) << Self.pageShift | UInt64(i)) }
                used = used || memory[i] != Self.none
            }
            if !used {
                memory.deallocate()
                pages[page] = nil
                pageCount -= 1
            }
        }
        far = far.mapValues { new[Int($0)] }
        gone += far.filter { $0.value == Self.none }.keys
        far = far.filter { $0.value != Self.none }
        return gone
    }

    var byteCount: Int { pageCount * Self.pageSize * 4 }
}
