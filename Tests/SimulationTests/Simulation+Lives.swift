import Model
import TSDB
import TestKit

/// Ends and beginnings.
extension Simulation {
    mutating func open() throws {
        do {
            database = try Database.open(path: "data", options: options, files: files, clock: clock, report: report)
        } catch {
            // A disk that fails while the database starts is put right, and then it must start.
            note("  start failed: \(error)")
            heal()
            database = try Database.open(path: "data", options: options, files: files, clock: clock, report: report)
        }
    }

    mutating func close() throws {
        shutDown()
        try restart(afterCrash: false)
    }

    mutating func shutDown() {
        do {
            try database?.close()
            ledger.synced()
        } catch {
            note("  close failed: \(error)")
        }
        leave()
    }

    /// The program is killed; the disk keeps what it was given, on its way to the platter.
    mutating func kill() throws {
        leave()
        try restart(afterCrash: false)
    }

    mutating func crash() throws {
        leave()
        cutPower()
        try restart(afterCrash: true)
    }

    mutating func restart(afterCrash: Bool) throws {
        ledger.restart(afterCrash: afterCrash)
        try open()
        if let database {
            try ledger.check(database.source, settling: false)
            // Queries leave out a damaged part until maintenance has put in its block's place what can be read of it, which may be more: only then
            // it is known what is lost.
            if !database.damage(since: 0).blocks.isEmpty { maintain() }
            if !Set(database.damage(since: 0).blocks).isDisjoint(with: database.blocks.map { "\($0.ulid)" }) {
                heal()
                clock.pass(Self.minute)
                maintain()
            }
            try ledger.check(database.source, settling: true)
        }
        // What a power cut has left lies on the disk.
        if afterCrash { ledger.survived() }
    }
}
