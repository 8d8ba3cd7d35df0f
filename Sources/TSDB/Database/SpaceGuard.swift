import Synchronization

/// Keeps a reserve of the disk free: below it no samples are taken, above it they are again.
final class SpaceGuard: Sendable {
    private let refusal = Mutex<String?>(nil)

    /// Why no samples are taken; nil if they are.
    var reason: String? { refusal.withLock { $0 } }

    /// Compares what is free with the reserve, which is at least `needed`, what the next compaction will write. A little more than the reserve must
    /// be free for samples to be taken again. Returns a reason that is new, or an empty text when there is room again.
    func observe(_ space: DiskSpace, _ reserve: Reserve, needed: Int64) -> String? {
        let limit = reserve.bytes(of: space) + needed
        return refusal.withLock { refusal in
            if refusal == nil, space.free < limit {
                refusal = "\(space.free) bytes are free on the disk, and \(limit) are held in reserve"
                return refusal
            }
            if refusal != nil, space.free >= limit + limit / 16 {
                refusal = nil
                return ""
            }
            return nil
        }
    }
}
