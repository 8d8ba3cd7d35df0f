import CLinux
import Glibc
import Synchronization

/// Memory for the chunks of a head, and for the labels of its series.
///
/// The open chunks of all series grow together: what one size gave up, the next needs. The C library keeps such blocks apart by thread and by
/// neighbour, and a head that filled and emptied its chunks would hold half as much again as it uses. Here a page has blocks of one size, and a
/// page without blocks in use serves another size or goes back to the system.
final class ChunkMemory: Sendable {
    /// Greater blocks are the C library's.
    static let largest = 1088
    private static let pageSize = 1 << 16
    private static let pagesPerRegion = 64
    /// So many pages without blocks keep their memory, for the next that asks.
    private static let spare = 4

    /// At the beginning of every page in use.
    private struct Page: BitwiseCopyable {
        static let size = 64
        /// The neighbours in the list of pages with room for this size.
        var next: UnsafeMutablePointer<Page>?
        var previous: UnsafeMutablePointer<Page>?
        /// Blocks that were given back, each with the address of the next in its first bytes.
        var free: UnsafeMutableRawPointer?
        /// From here to the end the page was never used: it costs nothing yet.
        var fresh: Int
        var used = 0
        let sizeClass: Int
        /// Its blocks are to be moved to other pages; it gives out none.
        var isLeaving = false

        func hasRoom(_ blockSize: Int) -> Bool { free != nil || fresh + blockSize <= pageSize }
    }

    private struct State {
        var withRoom: [UnsafeMutablePointer<Page>?] = Array(repeating: nil, count: sizes.count * 2)
        var leaving: Set<UnsafeMutablePointer<Page>> = []
        /// Empty pages that keep their memory.
        var warm: [UnsafeMutableRawPointer] = []
        /// Empty pages that are address space alone.
        var cold: [UnsafeMutableRawPointer] = []
        var regions: [UnsafeMutableRawPointer] = []
        var pagesInUse = 0
        var populates = false
    }

    private let state = Mutex(State())

    /// The bytes of the blocks of a page.
    private static func blockSize(of page: UnsafeMutablePointer<Page>) -> Int { sizes[page.pointee.sizeClass % sizes.count] }

    /// Fine steps: a block is copied to a greater one now and then, but what it does not use is there for every series.
    private static let sizes: [Int] =
        [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112] + stride(from: 128, through: 512, by: 32) + stride(from: 576, through: largest, by: 64)
    /// By the size in words of 8 bytes.
    private static let classes: [UInt8] = (0...largest / 8).map { words in
        UInt8(sizes.firstIndex { $0 >= words * 8 } ?? 0)
    }

    /// How large a block for so many bytes really is.
    static func blockSize(_ size: Int) -> Int { size > largest ? size : sizes[Int(classes[(size + 7) / 8])] }

    deinit {
        state.withLock { state in
            for region in state.regions { munmap(region, Self.regionSize) }
        }
    }

    /// Whether a page gets its memory at once, for a time in which many are filled: it costs a fifth of getting it bit by bit.
    var populates: Bool {
        get { state.withLock { $0.populates } }
        set { state.withLock { $0.populates = newValue } }
    }

    /// Bytes of the pages that have blocks in use.
    var byteCount: Int { state.withLock { $0.pagesInUse * Self.pageSize } }

    /// A block of at least `size` bytes, aligned to 8. What `lasts` as long as its series has pages of its own, so that it keeps none that could be
    /// empty without it.
    func allocate(_ size: Int, lasts: Bool = false) -> UnsafeMutableRawPointer {
        if size > Self.largest {
            guard let memory = malloc(size) else { preconditionFailure("BUG: no memory for a block of \(size) bytes") }
            return memory
        }
        let sizeClass = Int(Self.classes[(size + 7) / 8]) + (lasts ? Self.sizes.count : 0)
        return state.withLock { state in
            let page = state.withRoom[sizeClass] ?? Self.newPage(sizeClass, &state)
            return Self.take(page, &state)
        }
    }

    /// Gives back a block that `allocate` gave for a size not above `largest`.
    func free(_ block: UnsafeMutableRawPointer) {
        let address = UInt(bitPattern: block)
        state.withLock { state in Self.giveBack(address, &state) }
    }

    // MARK: Blocks

    private static func take(_ page: UnsafeMutablePointer<Page>, _ state: inout State) -> UnsafeMutableRawPointer {
        let blockSize = blockSize(of: page)
        let block: UnsafeMutableRawPointer
        if let free = page.pointee.free {
            block = free
            page.pointee.free = free.load(as: UnsafeMutableRawPointer?.self)
        } else {
            block = UnsafeMutableRawPointer(page) + page.pointee.fresh
            page.pointee.fresh += blockSize
        }
        page.pointee.used += 1
        if !page.pointee.hasRoom(blockSize) { unlink(page, &state) }
        return block
    }

    private static func giveBack(_ address: UInt, _ state: inout State) {
        guard let block = UnsafeMutableRawPointer(bitPattern: address),
            let base = UnsafeMutableRawPointer(bitPattern: address & ~UInt(pageSize - 1))
        else { preconditionFailure("BUG: a block at \(address)") }
        let page = base.assumingMemoryBound(to: Page.self)
        let isListed = !page.pointee.isLeaving
        let wasFull = !page.pointee.hasRoom(blockSize(of: page))
        block.storeBytes(of: page.pointee.free, as: UnsafeMutableRawPointer?.self)
        page.pointee.free = block
        page.pointee.used -= 1
        if wasFull, isListed { link(page, &state) }
        if page.pointee.used == 0 {
            if isListed { unlink(page, &state) } else { state.leaving.remove(page) }
            giveUp(base, &state)
        }
    }

    // MARK: Moving together

    /// Chooses pages of which little is used and whose blocks the other pages have room for; false if that would bring little.
    ///
    /// Blocks come and go in no order: those of series whose chunks grow slowly stay behind, one here and one there, when the others have moved to
    /// greater ones. Until `endMoving` the chosen pages give out no blocks; whoever owns one for which `isLeaving` gets another and frees it.
    func beginMoving() -> Bool {
        state.withLock { state in
            var chosen: [UnsafeMutablePointer<Page>] = []
            for sizeClass in 0..<Self.sizes.count { chosen += Self.sparse(state.withRoom[sizeClass]) }
            guard chosen.count * 16 > state.pagesInUse else { return false }
            for page in chosen {
                Self.unlink(page, &state)
                page.pointee.isLeaving = true
                state.leaving.insert(page)
            }
            return true
        }
    }

    /// From a list of pages those that are the least used, as many as the others can take the blocks of.
    private static func sparse(_ first: UnsafeMutablePointer<Page>?) -> [UnsafeMutablePointer<Page>] {
        var pages: [UnsafeMutablePointer<Page>] = []
        var next = first
        while let page = next {
            pages.append(page)
            next = page.pointee.next
        }
        guard let size = pages.first.map(blockSize) else { return [] }
        let capacity = (pageSize - Page.size) / size
        pages.sort { $0.pointee.used < $1.pointee.used }
        var free = pages.reduce(0) { $0 + capacity - $1.pointee.used }
        var chosen: [UnsafeMutablePointer<Page>] = []
        for page in pages where page.pointee.used * 4 < capacity * 3 {
            free -= capacity
            if free < 0 { break }
            chosen.append(page)
        }
        return chosen
    }

    /// Whether a block, of at most `largest` bytes, is to be moved.
    func isLeaving(_ block: UnsafeMutableRawPointer) -> Bool {
        guard let base = UnsafeMutableRawPointer(bitPattern: UInt(bitPattern: block) & ~UInt(Self.pageSize - 1)) else { return false }
        return base.assumingMemoryBound(to: Page.self).pointee.isLeaving
    }

    /// Chosen pages that still have blocks, because readers look at them or they are of chunks that are full, give out blocks again.
    func endMoving() {
        state.withLock { state in
            for page in state.leaving {
                page.pointee.isLeaving = false
                Self.link(page, &state)
            }
            state.leaving = []
        }
    }

    // MARK: Pages

    private static func link(_ page: UnsafeMutablePointer<Page>, _ state: inout State) {
        let first = state.withRoom[page.pointee.sizeClass]
        page.pointee.next = first
        page.pointee.previous = nil
        first?.pointee.previous = page
        state.withRoom[page.pointee.sizeClass] = page
    }

    private static func unlink(_ page: UnsafeMutablePointer<Page>, _ state: inout State) {
        let (next, previous) = (page.pointee.next, page.pointee.previous)
        next?.pointee.previous = previous
        if let previous { previous.pointee.next = next } else { state.withRoom[page.pointee.sizeClass] = next }
        page.pointee.next = nil
        page.pointee.previous = nil
    }

    private static func newPage(_ sizeClass: Int, _ state: inout State) -> UnsafeMutablePointer<Page> {
        let warm = state.warm.popLast()
        if warm == nil, state.cold.isEmpty { newRegion(&state) }
        guard let base = warm ?? state.cold.popLast() else { preconditionFailure("BUG: a region without pages") }
        if warm == nil, state.populates { martlet_populate(base, pageSize) }
        let page = base.bindMemory(to: Page.self, capacity: 1)
        page.initialize(to: Page(fresh: Page.size, sizeClass: sizeClass))
        link(page, &state)
        state.pagesInUse += 1
        return page
    }

    private static func giveUp(_ page: UnsafeMutableRawPointer, _ state: inout State) {
        state.pagesInUse -= 1
        guard state.warm.count >= spare else { return state.warm.append(page) }
        madvise(page, pageSize, MADV_DONTNEED)
        state.cold.append(page)
    }

    private static var regionSize: Int { (pagesPerRegion + 1) * pageSize }

    /// Address space for many pages; the pages cost memory only when they are used. One page more than needed, so that they can be aligned.
    private static func newRegion(_ state: inout State) {
        guard let region = mmap(nil, regionSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), region != MAP_FAILED
        else { preconditionFailure("BUG: no memory for chunks") }
        // Huge pages would make an almost empty page cost as much as 32 full ones.
        madvise(region, regionSize, MADV_NOHUGEPAGE)
        state.regions.append(region)
        let first = region.alignedUp(toMultipleOf: pageSize)
        for i in (0..<pagesPerRegion).reversed() { state.cold.append(first + i * pageSize) }
    }
}
