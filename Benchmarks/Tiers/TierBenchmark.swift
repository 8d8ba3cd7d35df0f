import Glibc
import Model
import PromQL
import TSDB

/// What queries over a year of tiers cost the engine, in CPU time, when reading costs next to nothing: half a million windows in memory, and a week of
/// raw samples every 15 s, of fifty counters.
///
///     TierBenchmark [ROUNDS]
@main
enum TierBenchmark {
    private static let hour: Int64 = 3_600_000
    private static let day = 24 * hour

    static func main() throws {
        let rounds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 5
        let now = 20_000 * day
        let source = YearSource(series: 50, now: now)
        let queries: [(query: String, step: Int64)] = [
            ("rate(m_total[6h])", 6 * hour), ("sum(rate(m_total[6h]))", 6 * hour), ("sum(rate(m_total[5m]))", 6 * hour),
            ("max_over_time(m_total[1d])", 6 * hour), ("avg_over_time(m_total[1d])", 6 * hour), ("m_total", 6 * hour),
            ("sum(increase(m_total[30d]))", hour), ("max(max_over_time(m_total[30d]))", hour), ("sum(sum_over_time(m_total[30d]))", 6 * hour),
        ]
        for (query, step) in queries {
            var best = Double.infinity
            var result = QueryResult(value: .matrix([]))
            for _ in 0..<rounds {
                let before = cpuSeconds()
                result = try Engine().range(query, from: now - 365 * day, through: now, step: step, over: source)
                best = min(best, cpuSeconds() - before)
            }
            let tiers = Tier.allCases.map { "\(result.samplesByTier[$0] ?? 0) of \($0.rawValue)" }.joined(separator: ", ")
            let milliseconds = (best * 10_000).rounded() / 10
            print("\(query) every \(step / hour) h: \(milliseconds) ms of CPU; \(result.samplesRead) read, \(tiers)")
        }
    }

    private static func cpuSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
