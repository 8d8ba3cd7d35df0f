import Model
import TSDB
import TestKit

/// Time passes, and the owner does what owners do.
extension Simulation {
    mutating func passHours() {
        clock.pass(Int64(random.below(5 * 60)) * Self.minute)
    }

    mutating func clockStep() {
        let steps: [Int64] = [Self.hour, -Self.hour, 365 * 24 * Self.hour]
        let jump = steps[random.below(steps.count)]
        clock.jump(jump)
        if jump > Self.hour, random.below(2) == 0 {
            // It is noticed after a while.
            scrape()
            database?.maintain()
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
            ledger.doubt()
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
            ledger.mayLose { labels, time, _ in matches(labels) && range.contains(time) }
        }
    }

    mutating func snapshot() throws {
        guard let database, let name = try? database.snapshot(withHead: true) else { return }
        // A fault that was to hit the database shall not hit the look at its copy.
        files.heal()
        let copy = try Database.open(
            path: "data/snapshots/\(name)", options: options, files: files, clock: clock, report: report)
        var shown = ledger
        try shown.check(copy.source, settling: false)
    }
}
