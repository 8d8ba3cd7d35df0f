import Model

/// Which blocks go, and why.
struct RetentionPlan {
    struct Removal: Equatable {
        let ulid: ULID
        let cause: Cause
    }

    enum Cause: String {
        case time, size
    }

    struct Candidate {
        let meta: BlockMeta
        let bytes: Int64
    }

    /// - Parameters:
    ///   - now: the time to go by; nil: nothing goes because of its age.
    ///   - fixed: bytes of logs and head, which count but do not go.
    ///   - limit: of all bytes together.
    static func removals(_ blocks: [Candidate], keeping time: Int64?, now: Timestamp?, fixed: Int64, limit: Int64?) -> [Removal] {
        var removals: [Removal] = []
        var bytes = fixed
        // The youngest first, so that what is kept is what there is room for.
        for block in blocks.sorted(by: { ($0.meta.maxTime, $0.meta.ulid) > ($1.meta.maxTime, $1.meta.ulid) }) {
            bytes += block.bytes
            if let now, let time, time > 0, block.meta.maxTime <= now.earlier(by: time) {
                removals.append(Removal(ulid: block.meta.ulid, cause: .time))
            } else if let limit, limit > 0, bytes > limit {
                removals.append(Removal(ulid: block.meta.ulid, cause: .size))
            }
        }
        return removals
    }
}
