import Model
import Synchronization

/// The blocks that queries see, raw and of the tiers, and up to where finer data is gone: changed in one step.
final class BlockSet: Sendable {
    /// What there is at one moment.
    struct Contents {
        var raw: [Block] = []
        var tiers: [Tier: [Block]] = [:]
        var floors = TierFloors()
        var rules: [RuleFloors] = []

        mutating func replace(_ old: Set<ULID>, with new: [Block], in tier: Tier? = nil) {
            let blocks = (tier.map { tiers[$0] ?? [] } ?? raw).filter { !old.contains($0.meta.ulid) } + new
            let sorted = blocks.sorted { ($0.meta.minTime, $0.meta.ulid) < ($1.meta.minTime, $1.meta.ulid) }
            if let tier { tiers[tier] = sorted } else { raw = sorted }
        }
    }

    private let state: Mutex<(contents: Contents, coverage: TierCoverage)>

    init(_ raw: [Block], tiers: [Tier: [Block]] = [:], floors: TierFloors = TierFloors(), rules: [RuleFloors] = []) {
        var contents = Contents(floors: floors, rules: rules)
        contents.replace([], with: raw)
        for (tier, blocks) in tiers { contents.replace([], with: blocks, in: tier) }
        state = Mutex((contents, Self.coverage(contents, 0)))
    }

    private static func coverage(_ contents: Contents, _ number: Int) -> TierCoverage {
        TierCoverage(
            raw: contents.raw, fiveMinutes: contents.tiers[.fiveMinutes] ?? [], hour: contents.tiers[.hour] ?? [], floors: contents.floors,
            rules: contents.rules, number: number)
    }

    /// All of it as it is now. Running queries keep what they have.
    var coverage: TierCoverage { state.withLock { $0.coverage } }

    /// Raw blocks by time, the oldest first.
    var all: [Block] { coverage.raw }

    func all(_ tier: Tier) -> [Block] { coverage.blocks(tier) }

    func replace(_ old: Set<ULID>, with new: [Block], in tier: Tier? = nil) {
        change { $0.replace(old, with: new, in: tier) }
    }

    /// Shows all that `body` does at once. What descriptions of blocks say may have changed too.
    func change(_ body: (inout Contents) -> Void = { _ in }) {
        state.withLock { state in
            body(&state.contents)
            state.coverage = Self.coverage(state.contents, state.coverage.number + 1)
        }
    }

    var bytes: Int64 { all.reduce(0) { $0 + Int64($1.bytes) } }

    func bytes(_ tier: Tier) -> Int64 { all(tier).reduce(0) { $0 + Int64($1.bytes) } }

    /// Where the head's own time begins: the end of the blocks that were cut from it in order.
    ///
    /// Blocks that lie in the future, left by a clock that was ahead, do not count, or nothing of the present could be appended any more.
    func headStart(notAfter latest: Timestamp) -> Timestamp? {
        all.filter { !$0.meta.compaction.hints.contains(BlockMeta.Compaction.fromOutOfOrder) && $0.meta.minTime <= latest }
            .map(\.meta.maxTime).max()
    }
}
