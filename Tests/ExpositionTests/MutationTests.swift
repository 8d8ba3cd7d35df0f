import Exposition
import Model
import TestKit
import Testing

@Suite("Damaged pages")
struct MutationTests {
    /// Pages as exporters write them.
    static let pages: [(text: String, format: ExpositionFormat)] = [
        (
            """
            # HELP node_cpu_seconds_total Seconds the CPUs spent in each mode.
            # TYPE node_cpu_seconds_total counter
            node_cpu_seconds_total{cpu="0",mode="idle"} 18331.72
            node_cpu_seconds_total{cpu="0",mode="iowait"} 2.279966416e+09
            # TYPE node_load1 gauge
            node_load1 0.21
            go_gc_duration_seconds{quantile="0.5"} NaN 1395066363000
            {"disk.used",path="C:\\\\DIR \\"x\\""} +Inf

            """, .text
        ),
        (
            """
            # HELP rpc_seconds Latency of calls.
            # TYPE rpc_seconds histogram
            # UNIT rpc_seconds seconds
            rpc_seconds_bucket{le="0.1"} 3 # {trace="17783"} 0.05 1726839814.25
            rpc_seconds_bucket{le="+Inf"} 5
            rpc_seconds_count 5
            rpc_seconds_sum 1.25 123.4
            {"queue.length",stage="asr"} 17
            # EOF

            """, .openMetrics
        ),
    ]

    /// Each mutant is either refused with a place inside it, or parsed to the end; nothing in between and never a crash.
    @Test func mutationsNeverCrash() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let rounds = mutationRounds(usual: 3_000)
        var refused = 0
        for round in 0..<rounds {
            let original = Self.pages[round % Self.pages.count]
            var bytes = Array(original.text.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) { Self.mutate(&bytes, &random) }
            do {
                _ = try ParsedPage(bytes, original.format)
            } catch let error as ExpositionError {
                refused += 1
                #expect(error.offset >= 0 && error.offset <= bytes.count && error.line >= 1)
            } catch {
                refused += 1
            }
            _ = try? bytes.withUnsafeBytes { try StrictOpenMetrics.check($0) }
            for strict in [false, true] {
                let check = bytes.withUnsafeBytes { MetricsCheck($0, strict: strict) }
                #expect(check.verdict == .unreadable ? check.lines.count == 1 : check.table.count >= 2)
            }
        }
        #expect(refused > rounds / 10)
    }

    @Test func everyCutOfAnOpenMetricsPageIsRefused() {
        let page = Array(Self.pages[1].text.utf8)
        for length in 0..<(page.count - 1) {
            #expect(throws: ExpositionError.self) { try ParsedPage(Array(page.prefix(length)), .openMetrics) }
        }
    }

    private static func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: at)
        case 2: bytes.insert(Array("{}\"\\,=# \n\t0e.-+\u{0}".utf8).randomElement(using: &random) ?? 0, at: at)
        case 3: bytes.removeLast(bytes.count - at)
        default:
            let other = Int.random(in: 0..<bytes.count, using: &random)
            bytes.replaceSubrange(min(at, other)..<max(at, other), with: bytes[min(at, other)..<max(at, other)].reversed())
        }
    }
}
