import Model
import Runtime
import TSDB

/// Folds what a folder has into its tiers, as a server does in the background, and purges by the default policy what they then hold.
struct Folding {
    private let database: Database
    private let clock: TurnedClock
    /// Raw samples in blocks at the beginning.
    private let samples: Int

    init(folder: String, now: Timestamp) throws {
        var options = DatabaseOptions()
        options.retention = Retention(time: 7 * 86_400_000)
        clock = TurnedClock(now)
        database = try Database.open(path: folder, options: options, files: RealFileSystem(), clock: clock) { event in
            if event.level != .info { print("\(event)") }
        }
        samples = database.blocks.reduce(0) { $0 + $1.stats.samples }
    }

    /// Tells what it has cost, and what is left on the disk.
    func run() throws -> String {
        let begin = cpuTime()
        repeat { pass(1) } while isWaiting
        let folded = cpuTime() - begin
        // What is due once a minute, and making larger blocks of small ones, one each time.
        var (unchanged, blocks) = (0, -1)
        while unchanged < 5 {
            pass(unchanged == 0 ? 1 : 61)
            let now = database.status.tiers.reduce(0) { $0 + $1.blocks }
            unchanged = now == blocks ? unchanged + 1 : 0
            blocks = now
        }
        let all = cpuTime() - begin
        let tiers = database.status.tiers.map { "\($0.name): \($0.blocks) blocks, \($0.samples) samples, \($0.bytes) bytes" }
        try database.close()
        return "folded \(samples) samples: \(each(folded)) µs of CPU each, \(each(all)) with merges and purging; " + tiers.joined(separator: "; ")
    }

    /// Microseconds a sample.
    private func each(_ nanoseconds: Int) -> Double { (Double(nanoseconds) / Double(max(samples, 1)) * 10).rounded() / 10_000 }

    private var isWaiting: Bool { database.status.tiers.contains { $0.backlog > 0 } }

    private func pass(_ seconds: Int64) {
        clock.pass(seconds * 1000)
        database.maintain()
    }
}
