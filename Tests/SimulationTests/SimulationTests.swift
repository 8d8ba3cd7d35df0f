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
        for seed in Self.firstSeed..<Self.firstSeed + Self.seeds {
            do {
                var simulation = Simulation(seed: UInt64(seed))
                try simulation.run()
            } catch {
                Issue.record("\(error)")
                return
            }
        }
    }
}
