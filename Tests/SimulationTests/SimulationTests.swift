import Glibc
import TestKit
import Testing

@Suite("Simulated lives of a database") struct SimulationTests {
    /// `MARTLET_SEEDS` seeds, from `MARTLET_SEED` on.
    static let seeds = setting("MARTLET_SEEDS", 60)
    static let firstSeed = setting("MARTLET_SEED", 1)

    static func setting(_ name: String, _ usual: Int) -> Int { getenv(name).flatMap { Int(String(cString: $0)) } ?? usual }

    @Test("every acknowledged sample is answered once, nothing else is, and every start succeeds")
    func lives() {
        var events: [String: Int] = [:]
        var failed: [Int] = []
        for seed in Self.firstSeed..<Self.firstSeed + Self.seeds {
            var simulation = Simulation(seed: UInt64(seed))
            do { try simulation.run() } catch {
                failed.append(seed)
                // Told at once, since a long run may be cut short; what the first few were doing is enough to begin with.
                if failed.count <= 3 { Issue.record("\(error)") } else { print("seed \(seed) fails") }
            }
            events.merge(simulation.events) { $0 + $1 }
        }
        #expect(failed.isEmpty, "\(failed.count) of \(Self.seeds) seeds fail")
        print(events.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", "))
        // A simulation that reaches nothing proves nothing.
        if Self.seeds >= 50 {
            for event in [
                "folds", "refolds", "late merges", "tier compactions", "blocks of raw purged", "blocks of 5m purged", "compactions",
                "stale compactions", "checkpoints", "samples out of order", "power cut", "delete",
                "series refused",
            ] {
                #expect(events[event, default: 0] > 0, "\(event)")
            }
        }
    }

    /// A full chunk whose file could not be synced had the only copy of what a damaged log had lost, and a power cut took it. What had been deleted
    /// from a block came back from the log, because the clock had been put back and the block counted as one of a time to come.
    /// What filled a gap between chunks was in no block yet when the log was shortened. What the log brought back after all raw blocks were lost was
    /// in windows too. A late sample below all floors was not answered any more once it was in a block.
    /// What a lost raw block gave back to the log was in windows, and a power cut gave it back once more. A state that was lost did not tell the second
    /// start what is in windows alone.
    @Test(
        "lives that once failed",
        arguments: [1_795_737_122, 40402, 5_000_915, 3_000_846, 5_000_001, 20_001_549, 20_003_646] as [UInt64])
    func remembered(_ seed: UInt64) throws {
        var simulation = Simulation(seed: seed)
        try simulation.run()
    }

    /// Every call of a few lives in a long run, some of them in the everyday one.
    @Test("whichever one call to the disk fails, the same holds", arguments: [1, 2, 3, 4] as [UInt64])
    func everyCallFails(_ seed: UInt64) throws {
        let steps = 30
        var whole = Simulation(seed: seed, steps: steps, isQuiet: true)
        try whole.run()
        let stride = Self.seeds >= 1000 ? 1 : max(1, whole.calls / 25)
        for call in Swift.stride(from: 1 + Self.firstSeed % stride, through: whole.calls, by: stride) {
            for code in [EIO, ENOSPC] {
                var simulation = Simulation(seed: seed, steps: steps, failing: (call, code), isQuiet: true)
                do { try simulation.run() } catch { Issue.record("call \(call) fails with \(code): \(error)") }
            }
        }
    }
}
