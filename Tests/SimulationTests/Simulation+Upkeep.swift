import Model
import Synchronization
import TSDB
import TestKit

/// Time passes, and the owner does what owners do.
extension Simulation {
    /// What retention removes may go, and nothing else.
    mutating func maintain() {
        database?.maintain()
        for removal in purged.take() {
            events["blocks of \(removal.tier ?? "raw") purged", default: 0] += 1
            if removal.tier == nil { ledger.uncover(through: removal.range.through) }
            // Windows of an hour are the last that there is of a sample; only a limit of size removes raw blocks of a time of which they are gone.
            if removal.tier == "1h" || (removal.tier == nil && options.retention?.bytes != nil) { ledger.purge(removal.range) }
        }
    }

    mutating func passHours() {
        clock.pass(Int64(random.below(Int(longestPass / Self.minute))) * Self.minute)
    }

    mutating func clockStep() {
        let steps: [Int64] = [Self.hour, -Self.hour, 365 * 24 * Self.hour]
        let jump = steps[random.below(steps.count)]
        clock.jump(jump)
        if jump > Self.hour, random.below(2) == 0 {
            // It is noticed after a while.
            scrape()
            maintain()
            clock.jump(-jump)
        }
    }

    mutating func sync() {
        guard let database else { return }
        do {
            try database.sync()
            ledger.synced()
        } catch {
            note("  sync failed: \(error)")
        }
    }

    mutating func delete() {
        guard let database else { return }
        let name = "m\(random.below(3))"
        let through = clock.now() - Int64(random.below(300)) * Self.minute
        let range = TimeRange(from: through - Int64(random.below(300)) * Self.minute, through: random.below(8) == 0 ? .max : through)
        guard let matcher = Optional(Matcher(name: "__name__", equals: name)) else { return }
        let matches = { (labels: Labels) in labels["__name__"] == name }
        note("  of \(name) \(range.from / 1000 - 1_700_000_000)…\(range.through / 1000 - 1_700_000_000)")
        if let touched = try? database.delete([[matcher]], range) {
            note("  \(touched) touched")
            ledger.delete(matches, range)
        } else {
            note("  delete failed")
            ledger.mayDelete(matches, range)
        }
    }

    mutating func snapshot() throws {
        guard let database, let name = try? database.snapshot(withHead: true) else { return }
        // A fault that was to hit the database shall not hit the look at its copy.
        files.heal()
        defer { arm() }
        let copy = try Database.open(
            path: "data/snapshots/\(name)", options: options, files: files, clock: clock, report: report)
        var shown = ledger
        // Of what a damaged raw block had lost, the copy may know that it is in a tier.
        shown.uncover(through: .max)
        try shown.check(copy.source, settling: false)
    }
}

/// The times of the blocks that retention has removed, as the database reports them, and of which tier they were.
final class Purged: Sendable {
    struct Removal {
        let tier: String?
        let range: TimeRange
    }

    private let ranges = Mutex<[Removal]>([])

    func note(_ event: StorageEvent) {
        guard event.message == "block removed by retention" else { return }
        let field = { (name: String) in event.fields.first { $0.name == name }.flatMap { Timestamp($0.value) } }
        guard let from = field("min_time"), let end = field("max_time") else { return }
        let tier = event.fields.first { $0.name == "tier" }?.value
        // The first window of a block reaches before it.
        ranges.withLock { $0.append(Removal(tier: tier, range: TimeRange(from: tier == nil ? from : from - Simulation.hour, through: end - 1))) }
    }

    func take() -> [Removal] {
        ranges.withLock { ranges in
            defer { ranges = [] }
            return ranges
        }
    }
}
