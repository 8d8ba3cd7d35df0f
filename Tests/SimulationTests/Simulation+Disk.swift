import Glibc
import Model
import TSDB
import TestKit

/// What the disk does.
extension Simulation {
    mutating func fault() {
        guard usesFaults else { return }
        if random.below(3) == 0 {
            let room = random.below(2000)
            files.setCapacity(files.used + room)
            note("  \(room) bytes of room")
            scrape()
            maintain()
            files.setCapacity(.max)
        } else {
            let code = random.below(2) == 0 ? EIO : ENOSPC
            // One call, or some in a row: what is tried again fails too.
            let first = files.calls + 1 + random.below(40)
            for call in first...first + (random.below(3) == 0 ? random.below(8) : 0) { files.failCall(call, with: code) }
        }
    }

    /// A byte of some file changes while the server is down.
    mutating func flip() throws {
        guard usesFlips, let open = database else { return }
        let blocks = open.blocks + Tier.allCases.flatMap { open.blocks($0) }
        let stats = open.head.stats
        let headStart = [stats.minTime, stats.minOutOfOrderTime].compactMap { $0 }.min() ?? .max
        shutDown()
        let paths = files.paths(below: "data").filter { !$0.hasPrefix("data/quarantine") && !$0.hasPrefix("data/snapshots") }
        guard let path = paths.randomElement(using: &random) else { return try restart(afterCrash: false) }
        var bytes = files.contents(path)
        if !bytes.isEmpty {
            bytes[random.below(bytes.count)] ^= UInt8(1 << random.below(8))
            files.setContents(path, bytes)
            note("  in \(path)")
        }
        let parts = path.split(separator: "/")
        if parts[1] == "wal" || parts[1] == "wbl" {
            ledger.mayLose(isDamage: true) { _, time, _ in time >= headStart }
            ledger.mayReturn { _, _ in true }
        } else if parts[1] == "chunks_head" {
            // The log has all that is in them, but for what it has lost before.
            ledger.mayLose(isDamage: true) { _, _, entry in entry.isSingle }
        } else if let meta = blocks.first(where: { path.contains("/\($0.ulid)/") }) {
            // With the block, or its tombstones, goes what was deleted from it; the log may still have the samples. A tier's first window reaches before
            // its block.
            let range = TimeRange(from: meta.minTime - (parts[1] == "tiers" ? Self.hour : 0), through: meta.maxTime - 1)
            ledger.mayLose(isDamage: true) { _, time, _ in range.contains(time) }
            ledger.mayReturn { _, time in range.contains(time) }
            if parts[1] != "tiers" { hasLostRawBlock = true } else if hasLostRawBlock { ledger.mayLoseWindows(range) }
        }
        // It alone knows what was deleted from blocks that went with all they had, while the log still has it.
        if parts[1] == "martlet.json" { ledger.mayReturn { _, _ in true } }
        try restart(afterCrash: false)
    }
}
