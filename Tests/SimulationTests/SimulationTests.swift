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
        for seed in Self.firstSeed..<Self.firstSeed + Self.seeds {
            do {
                var simulation = Simulation(seed: UInt64(seed))
                try simulation.run()
                events.merge(simulation.events) { $0 + $1 }
            } catch {
                Issue.record("\(error)")
                return
            }
        }
        print(events.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", "))
        // A simulation that reaches nothing proves nothing.
        if Self.seeds >= 50 {
            for event in ["compactions", "stale compactions", "checkpoints", "samples out of order", "power cut", "delete"] {
                #expect(events[event, default: 0] > 0, "\(event)")
            }
        }
    }
}
