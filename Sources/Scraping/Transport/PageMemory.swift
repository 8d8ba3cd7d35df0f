import Synchronization

/// Keeps the memory of all pages that are being read at a time within bounds: a few huge ones must not take the machine's.
public final class PageMemory: Sendable {
    /// Buffers up to this size are not counted.
    static let free = 1 << 20

    private let limit: Int
    private let used = Atomic<Int>(0)

    /// - Parameter machine: bytes of memory that the process may use, nil if nobody knows. An eighth of it is for pages, 256 MiB at least.
    public init(machine: Int64? = nil) { limit = max(256 << 20, Int(clamping: (machine ?? 0) / 8)) }

    init(limit: Int) { self.limit = limit }

    /// Bytes that are counted at the moment.
    var bytes: Int { used.load(ordering: .relaxed) }

    /// Counts a buffer of a new size in place of its old one.
    func resize(from old: Int, to new: Int) throws(ScrapeError) {
        let sum = count(old, to: new)
        guard new > old, sum > limit else { return }
        count(new, to: old)
        throw ScrapeError("no memory for a page of more than \(old) bytes: the pages being read hold most of \(limit) bytes")
    }

    /// As ``resize(from:to:)``, for what need not be asked for. Returns the sum.
    @discardableResult
    func count(_ old: Int, to new: Int) -> Int {
        let change = Self.counted(new) - Self.counted(old)
        return change == 0 ? 0 : used.wrappingAdd(change, ordering: .relaxed).newValue
    }

    func forget(_ capacity: Int) { count(capacity, to: 0) }

    private static func counted(_ capacity: Int) -> Int { capacity > free ? capacity : 0 }
}

/// How large pages may be.
enum PageLimit {
    /// Where nobody sets a limit.
    static let standard: Int64 = 256 << 20

    /// Bytes of the unpacked page; so many or more are refused. `configured` is what a job says, 0 or less: nothing.
    static func bytes(_ configured: Int64) -> Int { Int(configured > 0 ? min(configured, ScrapeRequest.mostBytes) : standard) }
}
