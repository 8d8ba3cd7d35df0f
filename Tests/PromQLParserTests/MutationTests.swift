import Glibc
import PromQL
import Testing

/// A repeatable source of random numbers (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

@Suite("Any text")
struct MutationTests {
    static let seeds = [
        "sum by (job) (rate(http_requests_total{job=~\"a.*\", code!=\"500\"}[5m] offset 1h)) / on (job) group_left (x) up @ start()",
        "a == bool ignoring(b) fill(0) c or {\"x y\", z='1'} and foo[1h:5m] smoothed @ 12.5 offset -(step() * 2)",
        "topk(5, -0x1F ^ 1e-3 atan2 Inf) # comment\nunless label_replace(a, \"b\", `c`, 'd', \"\\u00e9\") </ 1m30s >/ foo[min_of(1, range()) + 2]",
    ]

    @Test("parses or is refused, and what parses survives printing")
    func mutations() {
        let count = getenv("MARTLET_MUTATIONS").flatMap { Int(String(cString: $0)) } ?? 3000
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(state: seed)
        var accepted = 0
        for _ in 0..<count {
            let query = Self.mutated(&random)
            guard let expr = try? PromQLParser.parse(query, options: .everything) else { continue }
            accepted += 1
            let again = try? PromQLParser.parse(expr.description, options: .everything)
            #expect(again == expr, "seed \(seed): \(query) prints as \(expr)")
        }
        #expect(count < 1000 || accepted > 0, "seed \(seed)")
    }

    private static func mutated(_ random: inout SeededGenerator) -> String {
        var bytes = Array(seeds.randomElement(using: &random)?.utf8 ?? "".utf8)
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let at = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes.remove(at: at)
            case 1: bytes[at] = UInt8.random(in: 0...255, using: &random)
            case 2: bytes.insert(Array("()[]{},\"'`+-*/^@:=!~#5mxo ".utf8).randomElement(using: &random) ?? 0, at: at)
            default: bytes.swapAt(at, Int.random(in: 0..<bytes.count, using: &random))
            }
            if bytes.isEmpty { return "" }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
